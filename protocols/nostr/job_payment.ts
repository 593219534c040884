/**
 * The data of a job's payment: the signed request alone, or the request with the quote that is paid, in JSON
 * (`{"request":{...},"quote":{...}}`). Pure.
 *
 * @module
 */
import { type NostrEvent, parseEvent, type UnsignedEvent } from "./event.ts";
import { decodeDocument } from "../toon/decode.ts";
import { encodeToon } from "../toon/encode.ts";

/** What a packet pays for. */
export interface PaidRequest {
  readonly request: NostrEvent;
  /** The request as it stands in the data alone, or as TOON where a quote stands beside it. */
  readonly bytes: Uint8Array;
  /** Null where the announced price is paid. */
  readonly quote: NostrEvent | null;
}

/**
 * The data of a payment by quote; both are signed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { paidRequest, readPaidRequest } from "./job_payment.ts";
 *
 * const event = {
 *   id: "a".repeat(64),
 *   pubkey: "b".repeat(64),
 *   created_at: 1,
 *   kind: 5600,
 *   tags: [],
 *   content: "",
 *   sig: "c".repeat(128),
 * } as unknown as Parameters<typeof paidRequest>[0];
 * assert.deepEqual(readPaidRequest(paidRequest(event, { ...event, kind: 7000 })).quote?.kind, 7000);
 * ```
 */
export function paidRequest(request: NostrEvent, quote: NostrEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ request, quote }));
}

/** Bytes that the data of a payment by quote takes at most, for a request that is not signed yet. */
export function paidBytes(request: UnsignedEvent): number {
  const signed = { ...request, id: "0".repeat(64), sig: "0".repeat(128) };
  return new TextEncoder().encode(JSON.stringify({ request: signed })).length + QUOTE_BYTES;
}

/** Of a quote with the longest ILP address. */
const QUOTE_BYTES = 2_560;

/** Reads the data. Signatures are the caller's to verify. Other members beside the two are left out. Throws ToonError and EventError. */
export function readPaidRequest(data: Uint8Array): PaidRequest {
  const document: unknown = decodeDocument(data).event;
  if (!isPayment(document)) return { request: parseEvent(document), bytes: data, quote: null };
  const request = parseEvent(document.request);
  return { request, bytes: encodeToon(request, "1.4"), quote: parseEvent(document.quote) };
}

function isPayment(
  value: unknown,
): value is { readonly request: unknown; readonly quote: unknown } {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "request") &&
    Object.hasOwn(value, "quote");
}
