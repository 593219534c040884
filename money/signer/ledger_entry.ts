/**
 * The entries of a signer's ledger and its head.
 *
 * @module
 */
import type { CeilingChange } from "./ceilings.ts";
import type { ChannelState } from "./claim_ledger.ts";
import type { SpendingState } from "./spending.ts";
import type { AccountState, DepositState } from "./transaction_state.ts";

/** What one entry may be. */
export type EntryState = ChannelState | AccountState | DepositState | CeilingChange;

/** What stands in every snapshot. */
export interface LedgerHead {
  /** Rises by one with every change. */
  readonly counter: number;
  /** What the hour's and the day's ceilings are held against. */
  readonly spending: SpendingState;
  /** Deposits, gas and currency of the day. */
  readonly deposited: SpendingState;
  readonly gasWei: SpendingState;
  readonly sentWei: SpendingState;
  /** Ceilings that somebody with the passphrase set, by name. */
  readonly raised: Readonly<Record<string, bigint>>;
}

/** An entry as a store keeps it. */
export interface SealedEntry {
  readonly key: string;
  /** Of the change that made it: the highest is the newest. */
  readonly counter: number;
  readonly sealed: Uint8Array;
}
