/**
 * A signer's ledger as a store keeps it (ledger_seal.ts). That it is the newest one is the channel manager's duty: it is committed with
 * the signature.
 *
 * @module
 */

/** A snapshot as a store keeps it. */
export interface SealedSnapshot {
  /** Changes so far: the highest is the newest. */
  readonly counter: number;
  /** MAC, head and recent entries. */
  readonly sealed: Uint8Array;
}
