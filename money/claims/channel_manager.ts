/**
 * The channel manager's interface for payers, connectors and commands (docs/money.md#channels). It opens, funds, watches, claims, closes
 * and settles channels, with one transaction attempt for each peer at a time, and decides which channels may be used. Every value survives
 * a structured clone.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { ChannelRowStatus } from "../../store/channel_status.ts";

/** The status of a channel. `recovering`: nothing is signed until chain, store and a proven claim agree. */
type ChannelStatus = Exclude<ChannelRowStatus, "void">;

/** The peer of a channel. Its address was pinned by the profile, by the user, or by terms under the rules of docs/money.md#channels. */
export interface PinnedPeer {
  /** The connector's name or URL, for people. */
  readonly name: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly address: string;
}

/** A channel with all its figures, in base units. */
export interface ChannelView {
  /** `ch_` and 8 or more hex digits of the on-chain id; `opening` rows have `ch_` and 8 digits of their transaction. */
  readonly name: string;
  /** The on-chain id. Null while the channel is opening. */
  readonly channelId: string | null;
  readonly status: ChannelStatus;
  readonly peer: PinnedPeer;
  readonly settlementTimeoutS: number;
  /** Our side as payer: the confirmed deposit, the highest signed claim, what packets spent, and what the peer claimed of it on chain. */
  readonly payer: {
    readonly depositUnits: bigint;
    readonly nonce: number;
    readonly signedUnits: bigint;
    readonly spentUnits: bigint;
    readonly claimedUnits: bigint;
    /** signed - spent: what we would lose if the peer vanished. */
    readonly exposureUnits: bigint;
  };
  /** Our side as receiver: the peer's deposit, what its claims credited, and what we claimed on chain. */
  readonly receiver: {
    readonly depositUnits: bigint;
    readonly creditedUnits: bigint;
    readonly claimedUnits: bigint;
    /** credited - claimed: what we would lose if we never claimed. */
    readonly exposureUnits: bigint;
  };
  /** Automatic deposits: their sum, how many were made today, and when the last one was decided. */
  readonly autoDeposit: {
    readonly depositedUnits: bigint;
    readonly today: number;
    readonly atMs: number | null;
  };
  readonly openedAtMs: number | null;
  /** When it may be settled, in milliseconds since the epoch. Null while it is open. */
  readonly settleAtMs: number | null;
  /** What happens now, or what went wrong last, as text for people. */
  readonly note: string | null;
}

/** The result of an operation on the chain. */
export interface ChannelReceipt {
  readonly channel: ChannelView;
  /** Transactions in the order of their broadcast. */
  readonly transactions: readonly {
    readonly call: string;
    readonly hash: string;
    readonly feeWei: bigint;
  }[];
  readonly elapsedMs: number;
}

/** What an operation would cost (`--dry-run`). */
export interface ChannelPlan {
  readonly steps: readonly {
    readonly call: string;
    readonly gasLimit: bigint;
    readonly maxFeeWei: bigint;
    readonly tokenUnits: bigint;
  }[];
  /** For a close: what was signed and not spent, which is lost with the channel, and how many packets wait for an answer. */
  readonly creditUnits?: bigint;
  readonly openPackets?: number;
  /** Why it would be refused. Null if it would not be. */
  readonly refused: string | null;
}

/** The limits of channels that may change while a manager runs. */
export interface ChannelLimits {
  /** The largest total deposit of one channel. A value above the present one changes nothing. */
  readonly maxDepositUnits: bigint;
  /** Whether a payment may open its channel or raise its deposit automatically. */
  readonly automaticDeposits: boolean;
  /** The most automatic deposits into the channels with one peer in a day. */
  readonly automaticDepositsPerDay: number;
  /** The most of one automatic deposit. */
  readonly automaticDepositUnits: bigint;
  /** A channel below this percentage of its deposit is reported as low. */
  readonly lowBalancePercent: number;
}

/** The channel manager. */
export interface ChannelManager {
  /**
   * The channel through which `peer` is paid, with at least `freeUnits` of deposit above what is signed. It is the open one, the one that
   * is being opened (callers share it), or a new one (approve, open, deposit) within the ceilings and the daily limit. With
   * `growToUnits`, an opening deposits no more than `freeUnits`, and a later deposit brings the free amount to what the channel has already
   * paid, at least `freeUnits` and at most `growToUnits`, or to less if the account or a ceiling has less. Rejects with ChannelError.
   */
  ensure(
    peer: PinnedPeer,
    freeUnits: bigint,
    options?: { readonly growToUnits?: bigint },
  ): Promise<ChannelView>;
  /** Opens a channel, even if others exist. */
  open(request: {
    readonly peer: PinnedPeer;
    readonly depositUnits: bigint;
    readonly settlementTimeoutS?: number;
  }): Promise<ChannelReceipt>;
  /** Raises our total deposit by `addUnits`. */
  deposit(channel: string, addUnits: bigint): Promise<ChannelReceipt>;
  /**
   * Waits up to the configured time for packets without an answer, claims the received amount, then closes. Refuses with `unresolved` while
   * there are such packets, unless `abandon` is set. With `abandon`, the amount that was signed and not spent is lost with the channel.
   */
  close(channel: string, options?: { readonly abandon?: boolean }): Promise<ChannelReceipt>;
  /** Settles after the grace. Both sides get what is left. */
  settle(channel: string): Promise<ChannelReceipt>;
  /** Claims on chain what the counterparty's best claim is worth above the claimed amount. */
  claim(channel: string): Promise<ChannelReceipt>;
  /** Rebuilds lost rows from the chain, and from claims with our signature that the counterparty returns. */
  recover(options?: { readonly consent?: boolean }): Promise<readonly ChannelView[]>;
  /** The cost of {@link open}, {@link deposit}, {@link close}, {@link settle} or {@link claim}. */
  plan(
    operation:
      | { readonly op: "open"; readonly peer: PinnedPeer; readonly depositUnits: bigint }
      | { readonly op: "deposit"; readonly channel: string; readonly addUnits: bigint }
      | { readonly op: "close" | "settle" | "claim"; readonly channel: string },
  ): Promise<ChannelPlan>;
  /** All channels of this wallet on this network, the settled ones last. */
  list(): Promise<readonly ChannelView[]>;
  /**
   * Why packets that pay through this channel must not be accepted now. Null if they may be (docs/money.md#channels: closing, stale head,
   * no gas).
   */
  refusesPackets(channelId: string): Promise<string | null>;
  /** Signs nothing more on this channel. Another process signs with our key: the peer knows a nonce that we never issued. */
  halt(channelId: string, reason: string): Promise<void>;
  /** Finishes what a crash interrupted, then watches until it is closed: closes, deposits, early claims, settlements. */
  watch(): Promise<void>;
  /** Claims everything that is worth its gas, then stops. */
  closeDown(): Promise<void>;
  /** Uses other limits from now on. Operations that have begun keep those they began with, or use the new ones. */
  configure(limits: ChannelLimits): Promise<void>;
}

/** An operation that the manager refused. */
export class ChannelError extends Error {
  /** `ChannelError`. */
  override readonly name = "ChannelError";
  /**
   * `ceiling`: above a ceiling for deposits, or the day's automatic openings are used up. `funds`: gas or tokens are missing. `terms`: no pinned
   * address. `unknown`: no such channel. `state`: not possible in the channel's state. `chain`: see `cause`. `recovering`: nothing is
   * signed yet. `insufficient_balance`: the channel has too little left and may not be raised automatically. `unresolved`: packets wait for
   * an answer. `failed`: the chain refused finally.
   */
  readonly code:
    | "ceiling"
    | "funds"
    | "terms"
    | "unknown"
    | "state"
    | "chain"
    | "recovering"
    | "insufficient_balance"
    | "unresolved"
    | "failed";
  /** Makes a refusal with its code. */
  constructor(code: ChannelError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<ChannelError>(
  "ChannelError",
  ({ code, message }) => new ChannelError(code, message),
);
