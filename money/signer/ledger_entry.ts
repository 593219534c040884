/**
 * The entries of a signer's ledger and its head.
 *
 * @module
 */
import type { CeilingChange } from "./ceilings.ts";
import type { ChannelState } from "./claim_ledger.ts";
import type { SpendingState } from "./spending.ts";
import type { AccountState, DepositState } from "./transaction_state.ts";

/** The state of one entry. */
export type EntryState = ChannelState | AccountState | DepositState | CeilingChange;

/** The part of the ledger that is in every snapshot. */
export interface LedgerHead {
  /** It rises by one with every change. */
  readonly counter: number;
  /** The spending that the ceilings of the hour and the day limit. */
  readonly spending: SpendingState;
  /** The day's deposits, gas and sent currency. */
  readonly deposited: SpendingState;
  readonly gasWei: SpendingState;
  readonly sentWei: SpendingState;
  /** Ceilings that were set with the passphrase, by name. */
  readonly raised: Readonly<Record<string, bigint>>;
}

/** An entry in the form in which a store keeps it. */
export interface SealedEntry {
  readonly key: string;
  /** The counter of the change that made it. The highest is the newest. */
  readonly counter: number;
  readonly sealed: Uint8Array;
}
