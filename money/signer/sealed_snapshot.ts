/**
 * A signer's ledger as a store keeps it (ledger_seal.ts). The caller must ensure that it is the newest one, by committing it together with
 * the signature.
 *
 * @module
 */

/** A snapshot as a store keeps it. */
export interface SealedSnapshot {
  /** The number of changes. The highest is the newest. */
  readonly counter: number;
  /** The MAC, the head and recent entries. */
  readonly sealed: Uint8Array;
}
