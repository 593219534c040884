/**
 * A batch of signatures as it crosses to a worker: 128 bytes each (id, public key, signature) in one transferred buffer, and one
 * byte each back.
 *
 * @module
 */
import { readHex } from "../protocols/nostr/hex.ts";
import type { SchnorrCheck } from "../protocols/nostr/schnorr.ts";

/** What is checked: fields whose hex was looked at, of an event whose id was recomputed. */
export interface SignatureParts {
  /** 64 lowercase hex digits. */
  readonly id: string;
  /** 64 lowercase hex digits. */
  readonly pubkey: string;
  /** 128 lowercase hex digits. */
  readonly sig: string;
}

const SIZE = 128;

/** Packs parts in their order. */
export function packSignatures(parts: readonly SignatureParts[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.length * SIZE);
  parts.forEach(({ id, pubkey, sig }, index) => {
    const at = index * SIZE;
    readHex(id, bytes, at);
    readHex(pubkey, bytes, at + 32);
    readHex(sig, bytes, at + 64);
  });
  return bytes;
}

/** Checks what {@link packSignatures} packed. */
export function checkSignatures(check: SchnorrCheck, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const good = new Uint8Array(Math.floor(bytes.length / SIZE));
  for (let index = 0; index < good.length; index++) {
    const at = index * SIZE;
    const ok = check(
      bytes.subarray(at, at + 32),
      bytes.subarray(at + 32, at + 64),
      bytes.subarray(at + 64, at + SIZE),
    );
    good[index] = ok ? 1 : 0;
  }
  return good;
}
