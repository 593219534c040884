/**
 * The hash by which a packet is recognized when its payer sends it again.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** SHA-256 of the claim's length, the claim and the PREPARE. */
export function packetHash(claim: Uint8Array, prepare: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, claim.length);
  return new Uint8Array(createHash("sha256").update(length).update(claim).update(prepare).digest());
}

/** Whether two hashes are equal, and so of the same packet. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
