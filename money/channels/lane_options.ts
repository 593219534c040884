/**
 * What a lane of transactions works on and is told.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { ChainContracts, EvmChain } from "../evm/chain_connection.ts";
import type { TransactionSigner } from "../signer/transaction_signer.ts";
import type { Change, Store, TransactionRow } from "../../store/store.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";

/** What a lane works on. */
export interface LaneDeps {
  readonly store: Pick<Store, "commit" | "listTransactions">;
  readonly chain: Pick<EvmChain, "quote" | "transactionCount" | "broadcast" | "transaction">;
  readonly signer: TransactionSigner;
  readonly timers: Timers;
  readonly log: Log;
}

/** What a lane is told. */
export interface LaneOptions {
  /** The account whose transactions they are. */
  readonly sender: string;
  readonly contracts: Pick<ChainContracts, "chainId" | "genesisHash">;
  /** A transaction that waits this long is replaced. */
  readonly replaceAfterMs: number;
  /** What a new state of a transaction changes besides, in the same commit. */
  readonly effects?: (row: TransactionRow, call: ChainCall) => readonly Change[];
}

/** What is to be done on the chain. */
export interface PlannedCall {
  readonly call: ChainCall;
  /** The channel's row it belongs to, null for none, or `own`: a new row named by this transaction's hash. */
  readonly channelRef: string | null | "own";
  /** Replaced three times as soon. */
  readonly urgent?: boolean;
}
