/**
 * What the signer remembers of its transactions.
 *
 * @module
 */

/** The account on one chain. */
export interface AccountState {
  /** Nonces up to this one were forgotten and are never signed for again; -1 at first. */
  readonly floor: number;
  /** Rising. */
  readonly nonces: readonly SignedNonce[];
}

/** Our deposit in one channel. */
export interface DepositState {
  readonly totalUnits: bigint;
  /** False once the channel was settled. */
  readonly locked: boolean;
}

/** What was signed for one account nonce. */
export interface SignedNonce {
  readonly nonce: number;
  /** Keccak of receiver, value and data. */
  readonly callHash: string;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}
