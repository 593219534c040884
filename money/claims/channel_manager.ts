/**
 * The channel manager as payers, connectors and commands see it (docs/money.md#channels): it opens, funds, watches, claims, closes and settles
 * channels, one transaction attempt at a time per peer, and says which of them may be used. Every value survives a structured clone.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { ChannelRowStatus } from "../../store/channel_status.ts";

/** Where a channel stands. `recovering`: nothing is signed until chain, store and a proven claim agree. */
type ChannelStatus = Exclude<ChannelRowStatus, "void">;

/** Whom a channel is with; the address was pinned by the profile, the user, or terms under the rule of docs/money.md#channels. */
export interface PinnedPeer {
  /** For people: the connector's name or URL. */
  readonly name: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly address: string;
}

/** A channel with all its figures; amounts in base units. */
export interface ChannelView {
  /** `ch_` and 8 or more hex digits of the on-chain id; `opening` rows have `ch_` and 8 digits of their transaction. */
  readonly name: string;
  /** On chain; null while it is opening. */
  readonly channelId: string | null;
  readonly status: ChannelStatus;
  readonly peer: PinnedPeer;
  readonly settlementTimeoutS: number;
  /** Our side: confirmed deposit, highest claim signed, what packets spent, what was claimed of it on chain. */
  readonly payer: {
    readonly depositUnits: bigint;
    readonly nonce: number;
    readonly signedUnits: bigint;
    readonly spentUnits: bigint;
    readonly claimedUnits: bigint;
    /** signed − spent: what we would lose if the peer vanished. */
    readonly exposureUnits: bigint;
  };
  /** The other side, as receiver: their deposit, what their claims credited, what we claimed on chain. */
  readonly receiver: {
    readonly depositUnits: bigint;
    readonly creditedUnits: bigint;
    readonly claimedUnits: bigint;
    /** credited − claimed: what we would lose if we never claimed. */
    readonly exposureUnits: bigint;
  };
  /** Deposits that nobody asked for: in all, how many today, and when the last one was decided. */
  readonly autoDeposit: {
    readonly depositedUnits: bigint;
    readonly today: number;
    readonly atMs: number | null;
  };
  readonly openedAtMs: number | null;
  /** When it may be settled; null while it is open. */
  readonly settleAtMs: number | null;
  /** What happens now or went wrong last, for people. */
  readonly note: string | null;
}

/** What an operation on the chain did. */
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
  /** A close: what was signed and not spent, which is lost with the channel; packets among it that wait for an answer. */
  readonly creditUnits?: bigint;
  readonly openPackets?: number;
  /** Why it would be refused; null when it would not. */
  readonly refused: string | null;
}

/** The manager. */
export interface ChannelManager {
  /**
   * The channel through which `peer` is paid, with at least `freeUnits` of deposit above what is signed: the open one, the one that
   * is being opened (callers join), or a new one (approve, open, deposit) where ceilings and the daily limit allow. `exact`: no more
   * is deposited than is missing. Rejects with ChannelError.
   */
  ensure(
    peer: PinnedPeer,
    freeUnits: bigint,
    options?: { readonly exact?: boolean },
  ): Promise<ChannelView>;
  /** Opens a channel though others may exist. */
  open(request: {
    readonly peer: PinnedPeer;
    readonly depositUnits: bigint;
    readonly settlementTimeoutS?: number;
  }): Promise<ChannelReceipt>;
  /** Raises our total deposit by `addUnits`. */
  deposit(channel: string, addUnits: bigint): Promise<ChannelReceipt>;
  /**
   * Waits a moment for packets without an answer, claims the received amount, then closes. Refuses with `unresolved` while there
   * are such packets, unless `abandon` is set: the amount that was signed and not spent is lost with the channel.
   */
  close(channel: string, options?: { readonly abandon?: boolean }): Promise<ChannelReceipt>;
  /** After the grace period; both sides get what is left. */
  settle(channel: string): Promise<ChannelReceipt>;
  /** Claims on chain what the counterparty's best claim is worth above what was claimed. */
  claim(channel: string): Promise<ChannelReceipt>;
  /** Rebuilds what the store lost: from the chain, and from claims that the counterparty gives back signed by us. */
  recover(options?: { readonly consent?: boolean }): Promise<readonly ChannelView[]>;
  /** What {@link open}, {@link deposit}, {@link close}, {@link settle} or {@link claim} would cost. */
  plan(
    operation:
      | { readonly op: "open"; readonly peer: PinnedPeer; readonly depositUnits: bigint }
      | { readonly op: "deposit"; readonly channel: string; readonly addUnits: bigint }
      | { readonly op: "close" | "settle" | "claim"; readonly channel: string },
  ): Promise<ChannelPlan>;
  /** All channels of this wallet on this network; settled ones last. */
  list(): Promise<readonly ChannelView[]>;
  /** Why packets that pay through this channel must not be taken now; null when they may (docs/money.md#channels: closing, stale head, no gas). */
  refusesPackets(channelId: string): Promise<string | null>;
  /** Signs nothing more on this channel: somebody else signs with our key, since a nonce is known that we never issued. */
  halt(channelId: string, reason: string): Promise<void>;
  /** Finishes what a crash left, then watches until closed: closes, deposits, early claims, settlements. */
  watch(): Promise<void>;
  /** Claims what is worth its gas, then stops. */
  closeDown(): Promise<void>;
}

/** A manager's refusal. */
export class ChannelError extends Error {
  /** `ChannelError`. */
  override readonly name = "ChannelError";
  /**
   * `ceiling`: above a limit of FR13, or a second automatic opening of the day. `funds`: gas or token missing. `terms`: no pinned
   * address. `unknown`: no such channel. `state`: not possible where it stands. `chain`: see `cause`. `recovering`: signs nothing yet.
   * `insufficient_balance`: the channel has too little left, and may not be raised by itself. `unresolved`: packets wait for an answer. `failed`: the chain refused for good.
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

crossesPorts(
  "ChannelError",
  ({ code, message }) => new ChannelError(code as ChannelError["code"], message),
);
