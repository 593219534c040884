/**
 * Reads the parts of an evidence file: what one provider was asked, what it signed and what it was paid.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type NostrEvent, parseEvent, parseUnsignedEvent } from "../protocols/nostr/event.ts";
import { eventId } from "../protocols/nostr/event_id.ts";
import { readQuote } from "../protocols/nostr/job_quote.ts";
import { isJobRequestKind, resultKindOf } from "../protocols/nostr/kinds.ts";
import { isSealed, openedEvent, SealedError } from "../protocols/nostr/sealed_result.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import type { Comparator } from "../store/verification_row.ts";
import { markOf } from "./answer_mark.ts";

/** Reads one provider's part, and verifies what it signed. Throws EvidenceError and the errors of reading events. */
export function partOf(value: unknown, name: string, compare: Comparator, verifier: EventVerifier) {
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
  const answer = result && openedBy(result, receipt as string | null);
  return {
    name,
    request,
    requestId: requestId as string,
    provider,
    open: false,
    resultId: result?.id ?? null,
    answer,
    mark: answer && markOf(request.kind, answer, compare),
    paidUnits: paidBy(quote, receipt as string | null, name),
  };
}

/** The answer in a result. A sealed one is opened with its key; null if the key is missing or does not open it. */
function openedBy(
  result: NostrEvent,
  key: string | null,
): Pick<NostrEvent, "content" | "tags"> | null {
  if (!isSealed(result)) return result;
  if (key === null) return null;
  try {
    return openedEvent(result, Uint8Array.fromHex(key));
  } catch (error) {
    if (error instanceof SealedError) return null;
    throw error;
  }
}

/** Only the provider knows the preimage of the condition that it made. A buyer that has the preimage has paid for it. */
function paidBy(quote: NostrEvent | null, receipt: string | null, name: string): bigint | null {
  if (quote === null || receipt === null) return null;
  const { condition, priceUnits, depositUnits, mode } = readQuote(quote);
  if (sha256(Uint8Array.fromHex(receipt)).toHex() !== condition) {
    fail(`${name}: its receipt does not open its quote's condition`);
  }
  // Of a job that was paid while it ran, the receipt proves the first increment.
  return mode === "metered" ? depositUnits : priceUnits;
}

/** An object of a file. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; throws EvidenceError for anything else. */
export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  return fail(`${name} must be an object`);
}

/** The only tag of this name, which must be a hash. Throws EvidenceError. */
export function one(tags: readonly (readonly string[])[], name: string, of: string): string {
  const found = tags.filter((tag) => tag[0] === name);
  if (found.length !== 1 || !isHash(found[0][1])) fail(`${of} must have one ${name} tag`);
  return found[0][1];
}

/** Whether it is 64 hex digits. */
export function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

/** Throws EvidenceError. */
export function fail(why: string): never {
  throw new EvidenceError(why);
}

/** The file is not valid evidence. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
}
