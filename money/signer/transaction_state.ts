/**
 * The signer's record of its transactions.
 *
 * @module
 */

/** The account on one chain. */
export interface AccountState {
  /** Nothing is ever signed again for nonces up to this one, whose records were dropped. -1 at first. */
  readonly floor: number;
  /** The recorded nonces, rising. */
  readonly nonces: readonly SignedNonce[];
}

/** Our deposit in one channel. */
export interface DepositState {
  readonly totalUnits: bigint;
  /** False after the channel was settled. */
  readonly locked: boolean;
}

/** The transaction that was signed for one account nonce. */
export interface SignedNonce {
  readonly nonce: number;
  /** The Keccak hash of receiver, value and data. */
  readonly callHash: string;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}
