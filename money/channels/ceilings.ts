/**
 * What a manager never deposits above (FR13), and how often it opens by itself (docs/money.md#channels). The signer holds the same lines.
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

/** Units of ours that channels hold or will hold. */
export function lockedUnits(rows: readonly ChannelRow[]): bigint {
  return rows.filter(({ status }) => LOCKED.includes(status)).reduce(
    (sum, { wantedUnits, depositUnits }) => sum + (larger(wantedUnits, depositUnits)),
    0n,
  );
}

/** Throws ChannelError `ceiling` where a channel's deposit of `totalUnits`, `addedUnits` of them new, is above one. */
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

/** The rule of deposits that nobody asked for. */
export function autoDepositRule(
  { automaticDeposits, automaticDepositsPerDay }: ChannelManagerSettings,
): AutoDepositRule {
  return { enabled: automaticDeposits, perDay: automaticDepositsPerDay };
}

/** What a payment is refused with whose channel has too little left. */
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

/** Throws ChannelError `ceiling` where a peer had its automatic openings of the day. A clock that was set back does not help. */
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
