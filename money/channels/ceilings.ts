/**
 * The manager's own ceilings for deposits, and its limit for automatic openings (docs/money.md#channels). The signer enforces the
 * same ceilings.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { ChannelRow } from "../../store/store.ts";
import { type AutoDepositRule, insufficientText } from "../claims/auto_deposit.ts";
import { ChannelError } from "../claims/channel_manager.ts";
import type { ChannelManagerSettings } from "./manager_options.ts";

const DAY_MS = 86_400_000;
const LOCKED: readonly ChannelRow["status"][] = [
  "opening",
  "open",
  "closing",
  "closed",
  "recovering",
];

/** The units of ours that are locked in channels, or will be. */
export function lockedUnits(rows: readonly ChannelRow[]): bigint {
  return rows.filter(({ status }) => LOCKED.includes(status)).reduce(
    (sum, { wantedUnits, depositUnits }) => sum + (larger(wantedUnits, depositUnits)),
    0n,
  );
}

/**
 * Throws ChannelError `ceiling` if a deposit exceeds a ceiling. `totalUnits` is the channel's new total, and `addedUnits` is the new part
 * of it.
 */
export function checkDeposit(
  settings: ChannelManagerSettings,
  rows: readonly ChannelRow[],
  totalUnits: bigint,
  addedUnits: bigint,
): void {
  if (addedUnits <= 0n) throw new ChannelError("state", "Cannot deposit: it must be above zero");
  const text = (units: bigint) => formatUnits(units, settings.asset);
  if (totalUnits > settings.maxDepositUnits) {
    throw new ChannelError(
      "ceiling",
      `Cannot deposit: ${text(totalUnits)} are above the channel's ceiling of ${
        text(settings.maxDepositUnits)
      }`,
    );
  }
  const locked = lockedUnits(rows) + addedUnits;
  if (locked > settings.maxLockedUnits) {
    throw new ChannelError(
      "ceiling",
      `Cannot deposit: ${text(locked)} in all channels are above the ceiling of ${
        text(settings.maxLockedUnits)
      }`,
    );
  }
}

/** The rule for automatic deposits. */
export function autoDepositRule(
  { automaticDeposits, automaticDepositsPerDay }: ChannelManagerSettings,
): AutoDepositRule {
  return { enabled: automaticDeposits, perDay: automaticDepositsPerDay };
}

/** The error for a payment whose channel has too little left. */
export function insufficientBalance(
  { asset }: ChannelManagerSettings,
  currentUnits: bigint,
  requiredUnits: bigint,
  options?: ErrorOptions,
): ChannelError {
  return new ChannelError(
    "insufficient_balance",
    insufficientText(currentUnits, requiredUnits, asset),
    options,
  );
}

/** Throws ChannelError `ceiling` if the day's automatic openings with a peer are used up. A clock that was set back does not allow more. */
export function checkAutomaticOpening(
  settings: ChannelManagerSettings,
  rows: readonly ChannelRow[],
  nowMs: number,
): void {
  const automatic = rows.filter((row) => row.automatic);
  const now = Math.max(nowMs, ...automatic.map(({ createdAtMs }) => createdAtMs));
  const recent = automatic.filter(({ createdAtMs }) => createdAtMs > now - DAY_MS);
  if (recent.length >= settings.automaticOpensPerDay) {
    throw new ChannelError(
      "ceiling",
      `Cannot open a channel automatically: ${recent.length} opened with this peer in a day, allowed ${settings.automaticOpensPerDay}; 'channel open' opens one`,
    );
  }
}
