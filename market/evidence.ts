/**
 * Evidence: what providers signed for one job, in a file that anybody can check without this program's store. It holds the events as
 * they are; what follows from them is never believed of the file, and found anew by check_evidence.ts.
 *
 * @module
 */
import { parseUnsignedEvent, type UnsignedEvent } from "../protocols/nostr/event.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** The form of the file. */
export const EVIDENCE_FORMAT = "crosstown-evidence/1";

/** What a buyer's store has of one job of a verification. */
export interface StoredJob {
  /** As it was made, unsigned: its id is what the provider's result names. */
  readonly request: Uint8Array;
  /** As it came; null where none did. */
  readonly result: Uint8Array | null;
  /** The quote by which it was paid; null where it was paid as announced. */
  readonly quote: Uint8Array | null;
  /** What opened the quote's condition, hex; null where the payment is not answered. */
  readonly receipt: string | null;
}

/** One provider's part. */
interface EvidenceJob {
  readonly request: UnsignedEvent;
  readonly result: NostrEvent | null;
  readonly quote: NostrEvent | null;
  readonly receipt: string | null;
}

/** What several providers answered. */
interface AnswersEvidence extends VerifyRule {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly what: "answers";
  readonly jobs: readonly EvidenceJob[];
}

/** A key that was paid for, and the sealed result that it was to open. */
export interface KeyEvidence {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly what: "key";
  readonly quote: NostrEvent;
  readonly sealed_result: NostrEvent;
  readonly key: string;
}

/** The evidence of a verification, from its rows. Throws EventError and ToonError where a row is none of ours. */
export function answersEvidence(
  { needed, count }: VerifyRule,
  jobs: readonly StoredJob[],
): AnswersEvidence {
  return {
    format: EVIDENCE_FORMAT,
    what: "answers",
    needed,
    count,
    jobs: jobs.map(({ request, result, quote, receipt }) => ({
      request: unsigned(JSON.parse(new TextDecoder().decode(request))),
      result: result && readAnswer(result),
      quote: quote && readAnswer(quote),
      receipt,
    })),
  };
}

/** A request without the signature that it may have. */
function unsigned(
  value: UnsignedEvent & { readonly id?: string; readonly sig?: string },
): UnsignedEvent {
  const { id: _id, sig: _sig, ...event } = value;
  return parseUnsignedEvent(event);
}
