/**
 * What a store keeps of channels on a chain and of the transactions that change them (docs/money.md#channels).
 *
 * @module
 */
import type { ChannelRowStatus } from "./channel_status.ts";
import type { TransactionState } from "./transaction_state.ts";

/** A channel, keyed by chain, genesis, contract, id and the block that opened it: an id alone may come again on another chain. */
export interface ChannelRow {
  /** Our own name of the row: the hash of its first opening transaction, or the channel id with its genesis where others opened it. */
  readonly ref: string;
  /** The chain, its block 0 and the token network: never change. */
  readonly chainId: number;
  /** See `chainId`. */
  readonly genesisHash: string;
  /** See `chainId`. */
  readonly contract: string;
  /** Null while it is opening; may change while it is opening, since a reorganisation may give it another. */
  readonly channelId: string | null;
  /** The block that opened it; null until it is confirmed, and where nobody told. */
  readonly openedBlockHash: string | null;
  /** Our payment address. */
  readonly ownAddress: string;
  /** The counterparty: `0x` and 40 lowercase hex digits, and its name for people. */
  readonly peerAddress: string;
  /** See `peerAddress`. */
  readonly peerName: string;
  /** Opened without being asked for: counted against one a peer and day. */
  readonly automatic: boolean;
  /** Where it stands. */
  readonly status: ChannelRowStatus;
  /** Seconds from close to settle. */
  readonly settlementTimeoutS: number;
  /**
   * The total that we want deposited; never below the confirmed one. A deposit is this total, so sending it twice locks nothing twice;
   * it falls only where a deposit was refused before anything was signed for it.
   */
  readonly wantedUnits: bigint;
  /** The total of ours that was confirmed; never falls. */
  readonly depositUnits: bigint;
  /** What we claimed of the other side's deposit, confirmed; never falls. */
  readonly claimedUnits: bigint;
  /** What of `wantedUnits` nobody asked for: an automatic opening and automatic deposits. */
  readonly autoDepositedUnits: bigint;
  /** When the last automatic deposit into the open channel was decided; null where there was none. */
  readonly autoDepositAtMs: number | null;
  /** How many there were on that day (UTC). */
  readonly autoDeposits: number;
  /** When we claimed last. */
  readonly claimedAtMs: number | null;
  /** When the row was made. */
  readonly createdAtMs: number;
  /** When it was confirmed open, by our clock. */
  readonly openedAtMs: number | null;
  /** From when it may be settled, by the chain's clock; null while it is open. */
  readonly settleAtMs: number | null;
  /** Why nothing more is signed on it (another signer, docs/money.md#channels); never taken back. */
  readonly halted: string | null;
  /** What went wrong last, for people. */
  readonly note: string | null;
}

/** A signed transaction: durable before it is broadcast, and broadcast again as these bytes. */
export interface TransactionRow {
  /** `0x` and 64 lowercase hex digits. */
  readonly hash: string;
  /** The chain and its block 0. */
  readonly chainId: number;
  /** See `chainId`. */
  readonly genesisHash: string;
  /** Who signed. */
  readonly sender: string;
  /** The account's nonce; a replacement has the same. */
  readonly nonce: number;
  /** The channel's row that it belongs to; null for a transfer. */
  readonly channelRef: string | null;
  /** The call, as JSON: what a replacement is signed for. */
  readonly call: string;
  /** `0x` and the signed bytes. */
  readonly raw: string;
  /** Fees in wei; gas as a limit. */
  readonly gasLimit: bigint;
  /** See `gasLimit`. */
  readonly maxFeePerGasWei: bigint;
  /** See `gasLimit`. */
  readonly maxPriorityFeePerGasWei: bigint;
  /** Where it stands; an ended one never changes. */
  readonly state: TransactionState;
  /** Of the block that holds it. */
  readonly blockNumber: number | null;
  /** See `blockNumber`. */
  readonly blockHash: string | null;
  /** What it cost. */
  readonly feeWei: bigint | null;
  /** The channel that an `openChannel` opened. */
  readonly openedChannelId: string | null;
  /** Why it reverted, was replaced or cancelled. */
  readonly reason: string | null;
  /** When it was signed. */
  readonly createdAtMs: number;
}

/** Which channels a list gives. */
export interface ChannelFilter {
  /** All chains unless told. */
  readonly chainId?: number;
  /** With those that ended (settled, failed, void); false unless told. */
  readonly ended?: boolean;
}

/** Which transactions a list gives, oldest first by account nonce. */
export interface TransactionFilter {
  /** Of this channel's row. */
  readonly channelRef?: string;
  /** Of this account. */
  readonly sender?: string;
  /** With those that ended; false unless told. */
  readonly ended?: boolean;
  /** 1,000 unless told, 10,000 at most. */
  readonly limit?: number;
}
