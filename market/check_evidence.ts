/**
 * Checks what an evidence file proves. Every signature is verified, and every finding follows from the signed events alone. A statement in
 * the file that nobody signed has no effect. The file proves what keys did, and not who owns them.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type NostrEvent, parseEvent, parseUnsignedEvent } from "../protocols/nostr/event.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { eventId } from "../protocols/nostr/event_id.ts";
import { QuoteError, readQuote } from "../protocols/nostr/job_quote.ts";
import { isJobRequestKind, resultKindOf } from "../protocols/nostr/kinds.ts";
import { openedEvent, SealedError } from "../protocols/nostr/sealed_result.ts";
import { createVerifier, type EventVerifier } from "../protocols/nostr/verifier.ts";
import { parseStrictJson, StrictJsonError } from "../protocols/json/strict_json.ts";
import { type AnswerMark, markOf, misfitOfComparator } from "./answer_mark.ts";
import { type Comparator, COMPARATORS } from "../store/verification_row.ts";
import { EVIDENCE_FORMAT } from "./evidence.ts";
import { ResultContentError } from "./result_content_error.ts";
import { verdictOf } from "./verdict.ts";
import { checkedRule } from "./verify_rule.ts";

/** What was proven of one provider. */
export interface ProvenPart {
  readonly provider: string;
  readonly request_id: string;
  /** Null if the provider gave no answer. Then nothing is proven of it. */
  readonly result_id: string | null;
  readonly answer: AnswerMark | null;
  /** Whether enough other providers gave the same answer. Null if it gave no answer, or if too few agree. */
  readonly agrees: boolean | null;
  /**
   * What the provider was paid in base units, proven by its quote and by the receipt that only it could give. Null if that is not proven.
   */
  readonly paid_units: bigint | null;
}

/** The finding. It survives a structured clone. */
export interface EvidenceFinding {
  /** Whether every part of the file is valid. An invalid file proves nothing. */
  readonly valid: boolean;
  readonly what: "answers" | "key" | null;
  /** Why the file is not valid. */
  readonly faults: readonly string[];
  /** How the answers compare, if the file is about answers. */
  readonly state: "agreed" | "split" | null;
  /** By what its buyer chose to compare the answers, if the file is about answers. */
  readonly compare: Comparator | null;
  readonly parts: readonly ProvenPart[];
  /** What the file proves, one sentence in each line. */
  readonly shows: readonly string[];
}

/** A result has at most 64 KiB. A file has at most nine results with their requests. */
const MAX_BYTES = 4 << 20;

/** Checks a file. Whatever the file contains, this function does not throw. */
export async function checkEvidence(bytes: Uint8Array): Promise<EvidenceFinding> {
  const verifier = await createVerifier();
  try {
    const value = fieldsOf(parseStrictJson(bytes, { maxBytes: MAX_BYTES }), "the file");
    if (value.format !== EVIDENCE_FORMAT) fail(`its format is not ${EVIDENCE_FORMAT}`);
    if (value.what === "answers") return answersFinding(value, verifier);
    if (value.what === "key") return keyFinding(value, verifier);
    return fail("it does not say what it proves");
  } catch (error) {
    const foreign = FOREIGN.some((each) => error instanceof each);
    if (!foreign || !(error instanceof Error)) throw error;
    return {
      valid: false,
      what: null,
      faults: [error.message],
      state: null,
      compare: null,
      parts: [],
      shows: [],
    };
  }
}

function answersFinding(value: Fields, verifier: EventVerifier): EvidenceFinding {
  const { jobs } = value;
  const rule = checkedRule(Number(value.needed), Number(value.count));
  if (rule === null || !Array.isArray(jobs) || jobs.length !== rule.count) {
    return fail("it must have a rule, and one part for each provider");
  }
  // Files of earlier versions do not say it.
  const compare = COMPARATORS.find((each) => each === (value.compare ?? "kind"));
  if (compare === undefined) return fail("it compares its answers in an unknown way");
  const read = jobs.map((job, at) => partOf(job, `part ${at + 1}`, compare, verifier));
  const [first] = read;
  const misfit = misfitOfComparator(first.request.kind, compare);
  if (misfit !== null) fail(`its answers cannot be compared by ${compare}: ${misfit}`);
  for (const { request, provider, name } of read) {
    if (work(request) !== work(first.request)) fail(`${name} asks for another job than part 1`);
    if (read.filter((each) => each.provider === provider).length > 1) {
      fail(`${name} names a provider that another part names too`);
    }
  }
  const { state, agreed, dissent } = verdictOf(rule, read);
  const decided = state === "agreed";
  const parts = read.map((part): ProvenPart => ({
    provider: part.provider,
    request_id: part.requestId,
    result_id: part.resultId,
    answer: part.mark,
    agrees: part.mark === null || !decided ? null : agreed.includes(part),
    paid_units: part.paidUnits,
  }));
  const keys = (some: readonly { readonly provider: string }[]) =>
    some.map(({ provider }) => provider).join(", ");
  const by = COMPARED_BY[compare];
  const shows = !decided
    ? [`too few of ${rule.count} providers signed equal answers${by}: ${rule.needed} are needed`]
    : [
      `${agreed.length} providers signed equal answers${by} to the same request: ${keys(agreed)}`,
      ...dissent.map(({ provider }) => `${provider} signed another answer to it`),
    ];
  return {
    valid: true,
    what: "answers",
    faults: [],
    state: decided ? state : "split",
    compare,
    parts,
    shows,
  };
}

/** What the buyer chose to compare, for people. */
const COMPARED_BY: Readonly<Record<Comparator, string>> = {
  kind: "",
  exit: " (by their exit codes)",
  digest: " (by their images' digests)",
  json: " (by their JSON values)",
};

/** What a request asks for. Its provider and expiration may differ between the parts. */
function work({ pubkey, kind, content, tags }: UnsignedEvent): string {
  return JSON.stringify([
    pubkey,
    kind,
    content,
    tags.filter(([name]) => !OWN.includes(name ?? "")),
  ]);
}
const OWN = ["p", "expiration"];

function partOf(value: unknown, name: string, compare: Comparator, verifier: EventVerifier) {
  const fields = fieldsOf(value, name);
  const request = parseUnsignedEvent(fields.request);
  if (!isJobRequestKind(request.kind)) fail(`${name}: its request is not a job request`);
  const requestId = eventId(request);
  const provider = one(request.tags, "p", `${name}: its request`);
  const signed = (field: string): NostrEvent | null => {
    if (fields[field] === null) return null;
    const event = parseEvent(fields[field]);
    if (verifier.verify(event) !== "ok") fail(`${name}: the signature of its ${field} is wrong`);
    if (event.pubkey !== provider) fail(`${name}: its ${field} is signed by another key`);
    if (one(event.tags, "e", `${name}: its ${field}`) !== requestId) {
      fail(`${name}: its ${field} is for another request`);
    }
    return event;
  };
  const result = signed("result");
  if (result !== null && result.kind !== resultKindOf(request.kind)) {
    fail(`${name}: its result is of another kind`);
  }
  const quote = signed("quote");
  const { receipt } = fields;
  if (receipt !== null && !isHash(receipt)) fail(`${name}: its receipt is not 64 hex digits`);
  return {
    name,
    request,
    requestId: requestId as string,
    provider,
    open: false,
    resultId: result?.id ?? null,
    mark: result && markOf(request.kind, result, compare),
    paidUnits: paidBy(quote, receipt as string | null, name),
  };
}

/** Only the provider knows the preimage of the condition that it made. A buyer that has the preimage has paid for it. */
function paidBy(quote: NostrEvent | null, receipt: string | null, name: string): bigint | null {
  if (quote === null || receipt === null) return null;
  const { condition, priceUnits } = readQuote(quote);
  if (sha256(Uint8Array.fromHex(receipt)).toHex() !== condition) {
    fail(`${name}: its receipt does not open its quote's condition`);
  }
  return priceUnits;
}

function keyFinding(value: Fields, verifier: EventVerifier): EvidenceFinding {
  const { key } = value;
  const [quoted, sealed] = [value.quote, value.sealed_result].map((each) => parseEvent(each));
  if ([quoted, sealed].some((each) => verifier.verify(each) !== "ok")) fail("a signature is wrong");
  if (!isHash(key)) return fail("its key is not 64 hex digits");
  const quote = readQuote(quoted);
  if (quote.provider !== sealed.pubkey) fail("quote and result are from different providers");
  if (one(sealed.tags, "e", "the result") !== quote.requestId) {
    fail("the result is for another request");
  }
  if (one(sealed.tags, "condition", "the result") !== quote.condition) {
    fail("quote and result name different keys");
  }
  const about = {
    valid: true,
    what: "key" as const,
    faults: [],
    state: null,
    compare: null,
    parts: [{
      provider: sealed.pubkey as string,
      request_id: quote.requestId as string,
      result_id: sealed.id as string,
      answer: null,
      agrees: null,
      paid_units: quote.priceUnits,
    }],
  };
  try {
    openedEvent(sealed, Uint8Array.fromHex(key));
    return { ...about, shows: [`${sealed.pubkey} sold a key that opens its result`] };
  } catch (error) {
    if (!(error instanceof SealedError) || error.code !== "broken") throw error;
    return { ...about, shows: [`${sealed.pubkey} sold a key that does not open its result`] };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  return fail(`${name} must be an object`);
}

function one(tags: readonly (readonly string[])[], name: string, of: string): string {
  const found = tags.filter((tag) => tag[0] === name);
  if (found.length !== 1 || !isHash(found[0][1])) fail(`${of} must have one ${name} tag`);
  return found[0][1];
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function fail(why: string): never {
  throw new EvidenceError(why);
}

/** The file is not valid evidence. */
class EvidenceError extends Error {
  override readonly name = "EvidenceError";
}

/** The errors that the content of a file can cause. */
const FOREIGN = [
  EvidenceError,
  EventError,
  QuoteError,
  ResultContentError,
  SealedError,
  StrictJsonError,
];
