/**
 * Remembers valid signatures, because relays send an event once for each subscription, and peers send it again. Pure.
 *
 * Only verified events are added, by id and signature. The id depends on every field except the signature, so a hit means the same as a new
 * check. A caller that has not recomputed the id passes the public key and the signature as one text. Held: at most `capacity` entries of 256
 * characters in two generations. When the young generation is full, the old one is dropped.
 *
 * @module
 */

/** A cache of verified signatures. */
interface VerifiedCache {
  /** Whether this signature of this id was verified. The caller must have recomputed the id from the event's fields. */
  has(id: string, sig: string): boolean;
  /** Adds a signature. Call this only after a successful verification. */
  add(id: string, sig: string): void;
  /** The number of entries. */
  readonly size: number;
}

/**
 * Makes an empty cache.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { verifiedCache } from "./verified_cache.ts";
 *
 * const cache = verifiedCache(2);
 * cache.add("a", "1");
 * assert.equal(cache.has("a", "1"), true);
 * assert.equal(cache.has("a", "2"), false);
 * ```
 */
export function verifiedCache(capacity: number): VerifiedCache {
  if (!Number.isSafeInteger(capacity) || capacity < 0) {
    throw new RangeError(`capacity must be a whole number (got ${capacity})`);
  }
  const half = Math.ceil(capacity / 2);
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  const add = (id: string, sig: string) => {
    if (half === 0) return;
    if (young.size >= half && !young.has(id)) {
      old = young;
      young = new Map();
    }
    young.set(id, sig);
  };
  return {
    has(id, sig) {
      if (young.get(id) === sig) return true;
      if (old.get(id) !== sig) return false;
      add(id, sig);
      return true;
    },
    add,
    get size() {
      return young.size + old.size;
    },
  };
}
