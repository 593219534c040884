/**
 * Evidence of what providers signed for one job, in a file that anybody can check without this program's store. It contains the events
 * unchanged. check_evidence.ts derives all findings from the events and believes no statement of the file.
 *
 * @module
 */
import { parseUnsignedEvent, type UnsignedEvent } from "../protocols/nostr/event.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import type { Comparator } from "../store/verification_row.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** The format of the file. */
export const EVIDENCE_FORMAT = "crosstown-evidence/1";

/** What a buyer's store has about one job of a verification. */
export interface StoredJob {
  /** The unsigned request as it was made. The provider's result names its id. */
  readonly request: Uint8Array;
  /** The result as it was received, sealed if it was paid on delivery. Null if none was. */
  readonly result: Uint8Array | null;
  /** The quote by which the job was paid. Null if it was paid at the announced price. */
  readonly quote: Uint8Array | null;
  /** The preimage of the quote's condition, in hex: the key, if the result is sealed. Null if the payment is not answered. */
  readonly receipt: string | null;
}

/** One provider's part of the file. */
interface EvidenceJob {
  readonly request: UnsignedEvent;
  readonly result: NostrEvent | null;
  readonly quote: NostrEvent | null;
  readonly receipt: string | null;
}

/** A skill that judges. */
export interface NamedJudge {
  readonly skill: string;
  /** The hash of its files. Null if it was not asked. */
  readonly sha256: string | null;
}

/** How answers are compared, and how many must be equal. */
export interface ComparedBy extends VerifyRule {
  readonly compare: Comparator;
  /** The skill that judges; null for every other comparison. */
  readonly judge: NamedJudge | null;
}

/** The evidence of what several providers answered. */
interface AnswersEvidence extends ComparedBy {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly what: "answers";
  readonly jobs: readonly EvidenceJob[];
}

/** The evidence of a key that was paid for, and the sealed result that the key should open. */
export interface KeyEvidence {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly what: "key";
  readonly quote: NostrEvent;
  readonly sealed_result: NostrEvent;
  readonly key: string;
}

/** The evidence of a verification, made from its rows. Throws EventError and ToonError if a row cannot be read. */
export function answersEvidence(
  { needed, count, compare, judge }: ComparedBy,
  jobs: readonly StoredJob[],
): AnswersEvidence {
  return {
    format: EVIDENCE_FORMAT,
    what: "answers",
    needed,
    count,
    compare,
    judge,
    jobs: jobs.map(({ request, result, quote, receipt }) => ({
      request: unsigned(JSON.parse(new TextDecoder().decode(request))),
      result: result && readAnswer(result),
      quote: quote && readAnswer(quote),
      receipt,
    })),
  };
}

/** A request without the signature that it may have. */
export function unsigned(
  value: UnsignedEvent & { readonly id?: string; readonly sig?: string },
): UnsignedEvent {
  const { id: _id, sig: _sig, ...event } = value;
  return parseUnsignedEvent(event);
}
