/**
 * Where a channel on a chain stands and where its transactions do: what may follow, and what a status means (docs/money.md#channels). Rows,
 * queries, the channel manager and the commands ask these tables.
 *
 * @module
 */

/** Where a channel's row stands; `void`: its chain is gone (a dev chain started afresh). */
export type ChannelRowStatus =
  | "opening"
  | "open"
  | "closing"
  | "closed"
  | "settled"
  | "failed"
  | "recovering"
  | "void";

/** What a status says of a channel. */
interface Meaning {
  /** Statuses that may follow: any, or these. */
  readonly next: "any" | readonly ChannelRowStatus[];
  /** Whether the chain has, or had, a channel for it that still holds a deposit. */
  readonly onChain: boolean;
  /** Whether a new payment may come to use it. */
  readonly usable: boolean;
}

/** The chain decides, and a reorganisation may take back what it said: a channel that is not over may go to every status. */
const TABLE: Readonly<Record<ChannelRowStatus, Meaning>> = {
  opening: { next: "any", onChain: false, usable: true },
  open: { next: "any", onChain: true, usable: true },
  closing: { next: "any", onChain: true, usable: false },
  closed: { next: "any", onChain: true, usable: false },
  settled: { next: ["void"], onChain: false, usable: false },
  failed: { next: ["void"], onChain: false, usable: false },
  /** Its claims were lost with a disk: nothing is signed until the peer gives one back. */
  recovering: { next: "any", onChain: true, usable: true },
  void: { next: [], onChain: false, usable: false },
};

/** Every status. */
export const CHANNEL_ROW_STATUSES = Object.keys(TABLE) as readonly ChannelRowStatus[];

/** Statuses of a channel that is over. */
export const ENDED_CHANNEL_STATUSES: readonly ChannelRowStatus[] = CHANNEL_ROW_STATUSES.filter(
  isChannelEnded,
);

/** Whether the channel is over. Only the loss of its chain is still told of it. */
export function isChannelEnded(status: ChannelRowStatus): boolean {
  return TABLE[status].next !== "any";
}

/** Whether a channel stands on the chain that is to be watched. */
export function isOnChain(status: ChannelRowStatus): boolean {
  return TABLE[status].onChain;
}

/** Whether a payment may come to use the channel, at once or soon. */
export function isUsable(status: ChannelRowStatus): boolean {
  return TABLE[status].usable;
}

/** Whether packets are taken on the channel: claims on it are worth something. */
export function takesPackets(status: ChannelRowStatus): boolean {
  return TABLE[status].usable && TABLE[status].onChain;
}

/** Whether a channel may go from one status to another. It may always stay as it is. */
export function channelMayBecome(from: ChannelRowStatus, to: ChannelRowStatus): boolean {
  const { next } = TABLE[from];
  return from === to || next === "any" || next.includes(to);
}
