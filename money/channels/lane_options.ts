/**
 * The dependencies and options of a transaction lane.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { ChainContracts, EvmChain } from "../evm/chain_connection.ts";
import type { TransactionSigner } from "../signer/transaction_signer.ts";
import type { Change, Store, TransactionRow } from "../../store/store.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";

/** What a lane needs. */
export interface LaneDeps {
  readonly store: Pick<Store, "commit" | "listTransactions">;
  readonly chain: Pick<EvmChain, "quote" | "transactionCount" | "broadcast" | "transaction">;
  readonly signer: TransactionSigner;
  readonly timers: Timers;
  readonly log: Log;
}

/** The options of a lane. */
export interface LaneOptions {
  /** The account that sends the transactions. */
  readonly sender: string;
  readonly contracts: Pick<ChainContracts, "chainId" | "genesisHash">;
  /** A transaction that has waited this long is replaced, in milliseconds. */
  readonly replaceAfterMs: number;
  /** Returns the changes that belong to a new state of a transaction. They go into the same commit. */
  readonly effects?: (row: TransactionRow, call: ChainCall) => readonly Change[];
}

/** A call that will be made on the chain. */
export interface PlannedCall {
  readonly call: ChainCall;
  /** The ref of the channel to which it belongs. Null for none. `own` for a new channel row that is named by this transaction's hash. */
  readonly channelRef: string | null | "own";
  /** If true, the transaction is replaced after a third of the usual time. */
  readonly urgent?: boolean;
}
