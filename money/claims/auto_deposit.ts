/**
 * Automatic deposits: whether a payment may raise its channel, by how much, and how often in a day (docs/limits.md#automatic-deposits).
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { ChannelRow, Store } from "../../store/store.ts";

/** The rule from the configuration. */
export interface AutoDepositRule {
  /** If false, nothing is opened or deposited automatically. */
  readonly enabled: boolean;
  /** The most deposits into the open channels with one peer in a day (UTC). */
  readonly perDay: number;
}

/** The fields of a channel's row that count. */
type Counted = Pick<ChannelRow, "autoDepositAtMs" | "autoDeposits">;

/** The log messages for a channel that a payment opened or raised. */
export const DEPOSITED_BY_ITSELF: readonly [opened: string, raised: string] = [
  "a channel was opened for a payment",
  "a channel was raised for a payment",
];

const DAY_MS = 86_400_000;

/**
 * The number of automatic deposits today with the peer of these rows. Deposits on a later day count too, so a clock that was set back
 * allows no more.
 */
export function autoDepositsToday(rows: readonly Counted[], nowMs: number): number {
  const today = dayOf(nowMs);
  return rows.reduce(
    (sum, { autoDepositAtMs, autoDeposits }) =>
      autoDepositAtMs !== null && dayOf(autoDepositAtMs) >= today ? sum + autoDeposits : sum,
    0,
  );
}

/** Why a payment may not raise its channel automatically now. Null if it may. */
export function refusesAutoDeposit(
  { enabled, perDay }: AutoDepositRule,
  rows: readonly Counted[],
  nowMs: number,
): string | null {
  if (!enabled) return "automatic deposits are off";
  const made = autoDepositsToday(rows, nowMs);
  return made < perDay ? null : `${made} of ${perDay} automatic deposits were made today`;
}

/** The row's count after one more deposit now. */
export function countAutoDeposit(
  row: Counted & Pick<ChannelRow, "autoDepositedUnits">,
  addedUnits: bigint,
  nowMs: number,
): Pick<ChannelRow, "autoDepositedUnits" | "autoDepositAtMs" | "autoDeposits"> {
  const atMs = Math.max(nowMs, row.autoDepositAtMs ?? 0);
  return {
    autoDepositedUnits: row.autoDepositedUnits + addedUnits,
    autoDepositAtMs: atMs,
    autoDeposits: autoDepositsToday([row], atMs) + 1,
  };
}

/**
 * As much again as the channel has, at most `mostUnits`, but never less than what is missing. A channel without a deposit of ours (the
 * other side opened it) gets `mostUnits`.
 */
export function autoDepositUnits(
  missingUnits: bigint,
  depositUnits: bigint,
  mostUnits: bigint,
): bigint {
  const again = depositUnits > 0n && depositUnits < mostUnits ? depositUnits : mostUnits;
  return larger(missingUnits, again);
}

/**
 * The part of a channel's deposit that is used: spent, forfeit, or waiting for an answer. Anything signed above that is credit at the peer,
 * which the next packet uses.
 */
export async function usedUnits(
  store: Pick<Store, "payerChannel" | "openOutgoing">,
  channelId: string | null,
): Promise<bigint> {
  if (channelId === null) return 0n;
  const payer = await store.payerChannel(channelId);
  const open = payer === null ? [] : await store.openOutgoing(channelId);
  return open.reduce(
    (sum, { amount }) => sum + amount,
    (payer?.spent ?? 0n) + (payer?.forfeit ?? 0n),
  );
}

/** The message that a channel has too little left. */
export function insufficientText(currentUnits: bigint, requiredUnits: bigint, asset: Asset) {
  const current = larger(currentUnits, 0n);
  return `insufficient channel balance (current: ${formatUnits(current, asset)}, required: ${
    formatUnits(requiredUnits, asset)
  })`;
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
