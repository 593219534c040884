/**
 * The data of a job's payment: only the signed request, or the request and the quote that is paid, as JSON
 * (`{"request":{...},"quote":{...}}`). Pure.
 *
 * @module
 */
import { type NostrEvent, parseEvent, type UnsignedEvent } from "./event.ts";
import { decodeDocument } from "../toon/decode.ts";
import { encodeToon } from "../toon/encode.ts";

/** The request that a packet pays for. */
export interface PaidRequest {
  readonly request: NostrEvent;
  /** The bytes of the request: the data itself, or TOON if the data has a quote too. */
  readonly bytes: Uint8Array;
  /** Null if the announced price is paid. */
  readonly quote: NostrEvent | null;
}

/**
 * The data of a payment by quote. Request and quote must be signed.
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

/** The most bytes of the data of a payment by quote, for a request that is not signed yet. */
export function paidBytes(request: UnsignedEvent): number {
  const signed = { ...request, id: "0".repeat(64), sig: "0".repeat(128) };
  return new TextEncoder().encode(JSON.stringify({ request: signed })).length + QUOTE_BYTES;
}

/** The size of a quote with the longest ILP address. */
const QUOTE_BYTES = 2_560;

/** Reads the data. The caller must verify the signatures. Other members are ignored. Throws ToonError and EventError. */
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
