/**
 * The hash by which a packet is recognized when its payer sends it again.
 *
 * @module
 */
import { sha256 } from "../../protocols/sha256.ts";

/** SHA-256 of the claim's length, the claim and the PREPARE. */
export function packetHash(claim: Uint8Array, prepare: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + claim.length + prepare.length);
  new DataView(bytes.buffer).setUint32(0, claim.length);
  bytes.set(claim, 4);
  bytes.set(prepare, 4 + claim.length);
  return sha256(bytes);
}

/** Whether two hashes are equal, and so of the same packet. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
