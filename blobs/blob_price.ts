/**
 * The price of storage for blobs: a price for each MiB, computed by the byte and rounded up. Without effects.
 *
 * @module
 */
import { BLOB_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import type { EventTemplate } from "../protocols/nostr/event.ts";

const MIB = 1_048_576n;
/** The most that one order can buy: 1 TiB. */
const MAX_ORDER_BYTES = 2 ** 40;

/** Base units for this number of bytes, rounded up. */
export function blobPriceUnits(bytes: number, unitsPerMib: bigint): bigint {
  return (BigInt(bytes) * unitsPerMib + MIB - 1n) / MIB;
}

/** An order of storage, to be signed and written to the relay like any event. The nonce makes two equal orders different. */
export function blobOrder(bytes: number, nonce: string, nowS: number): EventTemplate {
  return {
    kind: BLOB_ORDER_KIND,
    created_at: nowS,
    content: "",
    tags: [["bytes", String(bytes)], ["nonce", nonce], ["expiration", String(nowS + HOLDS_S)]],
  };
}

/** The bytes that an event orders; null if it is no order or malformed. */
export function orderedBytes(
  event: { readonly kind: number; readonly tags: readonly (readonly string[])[] },
): number | null {
  if (event.kind !== BLOB_ORDER_KIND) return null;
  const found = event.tags.filter(([name]) => name === "bytes");
  const text = found[0]?.[1] ?? "";
  if (found.length !== 1 || !/^[1-9]\d{0,12}$/.test(text)) return null;
  const bytes = Number(text);
  return bytes <= MAX_ORDER_BYTES ? bytes : null;
}

/** An order that was not written by this time is no longer wanted. */
const HOLDS_S = 3_600;
