/**
 * Channels on a chain, and the transactions that change them, as the store keeps them (docs/money.md#channels).
 *
 * @module
 */
import type { ChannelRowStatus } from "./channel_status.ts";
import type { TransactionState } from "./transaction_state.ts";

/** A channel. Chain, genesis, contract, id and opening block identify it, because another chain may have a channel with the same id. */
export interface ChannelRow {
  /** Our id of the row: the hash of its first opening transaction, or, if others opened it, the channel id and its genesis. */
  readonly ref: string;
  /** The chain, its genesis block and the token network. These never change. */
  readonly chainId: number;
  /** See `chainId`. */
  readonly genesisHash: string;
  /** See `chainId`. */
  readonly contract: string;
  /** Null while the channel is opening. Until it is open, a reorganisation may give it another id. */
  readonly channelId: string | null;
  /** Hash of the block that opened it; null until that is confirmed, or if it is unknown. */
  readonly openedBlockHash: string | null;
  /** Our payment address. */
  readonly ownAddress: string;
  /** The counterparty's address (`0x` and 40 lowercase hex digits), and its name for people. */
  readonly peerAddress: string;
  /** See `peerAddress`. */
  readonly peerName: string;
  /** True if it was opened automatically. At most one a day and peer is opened so. */
  readonly automatic: boolean;
  /** The channel's status. */
  readonly status: ChannelRowStatus;
  /** Seconds from close to settle. */
  readonly settlementTimeoutS: number;
  /**
   * The total deposit that we want; never below the confirmed one. A deposit transaction sets this total, so sending it twice locks nothing
   * twice. It falls only if a deposit was refused before anything was signed for it.
   */
  readonly wantedUnits: bigint;
  /** Our confirmed total deposit; never falls. */
  readonly depositUnits: bigint;
  /** What we have claimed of the peer's deposit, confirmed; never falls. */
  readonly claimedUnits: bigint;
  /** The part of `wantedUnits` that was deposited automatically. */
  readonly autoDepositedUnits: bigint;
  /** When the last automatic deposit into the open channel was decided; null if there was none. */
  readonly autoDepositAtMs: number | null;
  /** How many automatic deposits were decided on that day (UTC). */
  readonly autoDeposits: number;
  /** When we last claimed. */
  readonly claimedAtMs: number | null;
  /** When the row was created. */
  readonly createdAtMs: number;
  /** When it was confirmed open, by our clock. */
  readonly openedAtMs: number | null;
  /** The earliest settlement, by the chain's clock; null while it is open. */
  readonly settleAtMs: number | null;
  /** Why nothing more is signed on it (another signer, docs/money.md#channels). Once set, it stays. */
  readonly halted: string | null;
  /** The last problem, for people. */
  readonly note: string | null;
}

/** A signed transaction. It is durable before it is broadcast, and a repeated broadcast sends the same bytes. */
export interface TransactionRow {
  /** `0x` and 64 lowercase hex digits. */
  readonly hash: string;
  /** The chain and its genesis block. */
  readonly chainId: number;
  /** See `chainId`. */
  readonly genesisHash: string;
  /** Address of the signing account. */
  readonly sender: string;
  /** The account's nonce. A replacement has the same nonce. */
  readonly nonce: number;
  /** The row of its channel; null for a transfer. */
  readonly channelRef: string | null;
  /** The call as JSON, from which a replacement is signed. */
  readonly call: string;
  /** The signed bytes as `0x` and hex. */
  readonly raw: string;
  /** Gas limit, and fees in wei. */
  readonly gasLimit: bigint;
  /** See `gasLimit`. */
  readonly maxFeePerGasWei: bigint;
  /** See `gasLimit`. */
  readonly maxPriorityFeePerGasWei: bigint;
  /** The transaction's state. An ended transaction never changes. */
  readonly state: TransactionState;
  /** The block that contains it. */
  readonly blockNumber: number | null;
  /** See `blockNumber`. */
  readonly blockHash: string | null;
  /** The fee that it cost. */
  readonly feeWei: bigint | null;
  /** The channel that an `openChannel` opened. */
  readonly openedChannelId: string | null;
  /** Why it was reverted, replaced or cancelled. */
  readonly reason: string | null;
  /** When it was signed. */
  readonly createdAtMs: number;
}

/** Which channels to list. */
export interface ChannelFilter {
  /** One chain; default all. */
  readonly chainId?: number;
  /** The channel with this id on its chain; default all. */
  readonly channelId?: string;
  /** Include ended channels (settled, failed, void); default false. */
  readonly ended?: boolean;
}

/** Which transactions to list, by creation time, then account nonce. */
export interface TransactionFilter {
  /** Only transactions of this channel's row. */
  readonly channelRef?: string;
  /** Only transactions of this account. */
  readonly sender?: string;
  /** Include ended transactions; default false. */
  readonly ended?: boolean;
  /** Default 1,000, at most 10,000. */
  readonly limit?: number;
}
