/**
 * How long channels go without a look at the chain while they are quiet: a daemon's channel manager (docs/money.md#closing), and the facts
 * for which a payer signs (docs/money.md#channels).
 *
 * @module
 */
import { isOnChain } from "../../store/channel_status.ts";
import type { ChannelRow } from "../../store/store.ts";

/** The longest rest, in milliseconds, however long the grace is. Claims that are due by time are late by at most this. */
const LONGEST_MS = 1_800_000;
/** A rest is at most this part of the shortest grace. For as long a packet is accepted without a look at the chain. */
const PART_OF_GRACE = 12;

/**
 * The time until the next look at these channels, in milliseconds.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { restMs } from "./resting.ts";
 *
 * assert.equal(restMs([]), 1_800_000);
 * assert.equal(restMs([{ status: "open", settlementTimeoutS: 3_600 }]), 300_000);
 * assert.equal(restMs([{ status: "open", settlementTimeoutS: 86_400 }]), 1_800_000);
 * assert.equal(restMs([{ status: "settled", settlementTimeoutS: 3_600 }]), 1_800_000);
 * ```
 */
export function restMs(rows: readonly Pick<ChannelRow, "status" | "settlementTimeoutS">[]): number {
  const graces = rows.filter(({ status }) => isOnChain(status))
    .map(({ settlementTimeoutS }) => settlementTimeoutS * 1_000);
  return Math.min(LONGEST_MS, ...graces.map((graceMs) => graceMs / PART_OF_GRACE));
}
