/**
 * The signature over a place in a journal: BIP-340 over a tagged hash of the place's fields. Because of the tag, the signature is valid for
 * nothing else, and no other signature is valid as a checkpoint. Pure.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki (tagged hashes)
 * @module
 */
import { sha256 } from "../sha256.ts";
import { hexToBytes, isHex } from "./hex.ts";
import { loadSchnorr } from "./schnorr.ts";

/** The place: up to entry `seq`, whose hash is `hash`, committed as `commit`. */
export interface CheckpointFields {
  /** A safe integer above zero. */
  readonly seq: number;
  /** 64 lowercase hex digits. */
  readonly hash: string;
  /** 40 or 64 lowercase hex digits; null if there was no repository. */
  readonly commit: string | null;
}

const TAG = sha256(new TextEncoder().encode("crosstown/journal-checkpoint/1"));

/**
 * The 32 bytes to sign: SHA-256(tag, tag, seq as 8 bytes, hash, length of commit as one byte, commit).
 *
 * @throws {RangeError} that names the field that breaks its rule
 */
export function checkpointDigest({ seq, hash, commit }: CheckpointFields): Uint8Array {
  if (!Number.isSafeInteger(seq) || seq < 1) {
    throw new RangeError("seq must be a safe integer above zero");
  }
  if (!isHex(hash, 64)) throw new RangeError("hash must be 64 lowercase hex digits");
  if (commit !== null && !isHex(commit, 40) && !isHex(commit, 64)) {
    throw new RangeError("commit must be 40 or 64 lowercase hex digits");
  }
  const named = hexToBytes(commit ?? "");
  const message = new Uint8Array(64 + 8 + 32 + 1 + named.length);
  message.set(TAG);
  message.set(TAG, 32);
  new DataView(message.buffer).setBigUint64(64, BigInt(seq));
  message.set(hexToBytes(hash), 72);
  message[104] = named.length;
  message.set(named, 105);
  return sha256(message);
}

/**
 * Whether the key signed this place. False if an argument is malformed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { verifyCheckpoint } from "./journal_checkpoint.ts";
 *
 * const place = { seq: 1, hash: "00".repeat(32), commit: null };
 * assert.equal(await verifyCheckpoint(place, "11".repeat(64), "22".repeat(32)), false);
 * ```
 */
export async function verifyCheckpoint(
  fields: CheckpointFields,
  signature: string,
  pubkey: string,
): Promise<boolean> {
  if (!isHex(signature, 128) || !isHex(pubkey, 64)) return false;
  const check = await loadSchnorr();
  try {
    return check(checkpointDigest(fields), hexToBytes(pubkey), hexToBytes(signature));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
