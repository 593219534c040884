/**
 * What storage for blobs costs: a price for a MiB, by the byte, rounded up. Pure.
 *
 * @module
 */
import { BLOB_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import type { EventTemplate } from "../protocols/nostr/event.ts";

const MIB = 1_048_576n;
/** The most that one order buys: 1 TiB. */
const MAX_ORDER_BYTES = 2 ** 40;

/** Base units for so many bytes, rounded up. */
export function blobPriceUnits(bytes: number, unitsPerMib: bigint): bigint {
  return (BigInt(bytes) * unitsPerMib + MIB - 1n) / MIB;
}

/** An order of storage, to be signed and written to the relay like any event. The nonce tells two equal orders apart. */
export function blobOrder(bytes: number, nonce: string, nowS: number): EventTemplate {
  return {
    kind: BLOB_ORDER_KIND,
    created_at: nowS,
    content: "",
    tags: [["bytes", String(bytes)], ["nonce", nonce], ["expiration", String(nowS + HOLDS_S)]],
  };
}

/** The bytes that an event orders; null where it is no order or a malformed one. */
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

/** An order that was not written after this time is not wanted any more. */
const HOLDS_S = 3_600;
