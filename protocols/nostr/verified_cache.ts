/**
 * Which signatures were found good: relays send an event once for each subscription, and peers send it again. Pure.
 *
 * Only what was verified goes in, under id and signature, and an id binds every field but the signature, so a hit says the same
 * as the check. Held: at most `capacity` entries of 192 characters in two generations; when the young one is full, the old one
 * is forgotten.
 *
 * @module
 */

/** Signatures that were verified. */
interface VerifiedCache {
  /** Whether this signature of this id was verified. The caller has recomputed the id from the event's fields. */
  has(id: string, sig: string): boolean;
  /** To be called after a verification that was good, and never before. */
  add(id: string, sig: string): void;
  /** Entries held. */
  readonly size: number;
}

/**
 * An empty cache.
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
