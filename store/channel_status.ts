/**
 * The statuses of a channel on a chain: what each means and which may follow it (docs/money.md#channels). Rows, queries, the channel
 * manager and the commands use this table.
 *
 * @module
 */

/** A channel's status. `void`: its chain no longer exists (a dev chain was started anew). */
export type ChannelRowStatus =
  | "opening"
  | "open"
  | "closing"
  | "closed"
  | "settled"
  | "failed"
  | "recovering"
  | "void";

/** The meaning of a status. */
interface Meaning {
  /** Statuses that may follow: any, or only these. */
  readonly next: "any" | readonly ChannelRowStatus[];
  /** Whether the chain has a channel for the row that may still hold a deposit. */
  readonly onChain: boolean;
  /** Whether a new payment may use it, now or soon. */
  readonly usable: boolean;
}

/** The chain decides, and a reorganisation may undo what it said. So a channel that has not ended may change to any status. */
const TABLE: Readonly<Record<ChannelRowStatus, Meaning>> = {
  opening: { next: "any", onChain: false, usable: true },
  open: { next: "any", onChain: true, usable: true },
  closing: { next: "any", onChain: true, usable: false },
  closed: { next: "any", onChain: true, usable: false },
  settled: { next: ["void"], onChain: false, usable: false },
  failed: { next: ["void"], onChain: false, usable: false },
  /** Its claims were lost with a disk. Nothing is signed until the peer returns a claim of ours. */
  recovering: { next: "any", onChain: true, usable: true },
  void: { next: [], onChain: false, usable: false },
};

/** Every status. */
export const CHANNEL_ROW_STATUSES = Object.keys(TABLE) as readonly ChannelRowStatus[];

/** Statuses of an ended channel. */
export const ENDED_CHANNEL_STATUSES: readonly ChannelRowStatus[] = CHANNEL_ROW_STATUSES.filter(
  isChannelEnded,
);

/** Whether the channel has ended. After that, only `void` (its chain is gone) may follow. */
export function isChannelEnded(status: ChannelRowStatus): boolean {
  return TABLE[status].next !== "any";
}

/** Whether a transaction or a wait for the chain is under way: it is being opened, closed, settled or recovered. */
export function isInWork(status: ChannelRowStatus): boolean {
  return status !== "open" && !isChannelEnded(status);
}

/** Whether the channel is on the chain and must be watched. */
export function isOnChain(status: ChannelRowStatus): boolean {
  return TABLE[status].onChain;
}

/** Whether a payment may use the channel, now or soon. */
export function isUsable(status: ChannelRowStatus): boolean {
  return TABLE[status].usable;
}

/** Whether packets are accepted on the channel, because claims on it can be redeemed. */
export function takesPackets(status: ChannelRowStatus): boolean {
  return TABLE[status].usable && TABLE[status].onChain;
}

/** Whether a channel may change from one status to another. It may always keep its status. */
export function channelMayBecome(from: ChannelRowStatus, to: ChannelRowStatus): boolean {
  const { next } = TABLE[from];
  return from === to || next === "any" || next.includes(to);
}
