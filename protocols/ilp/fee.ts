/**
 * The fee of a hop for a packet, flat + floor(amount × basis points / 10,000), and the amount to send so that a price arrives.
 *
 * @module
 */
import { isBelow, isIlpAddress } from "./address.ts";

/** A hop's fee. */
export interface Fee {
  readonly flatUnits: bigint;
  /** Hundredths of a percent, 0 to 9,999. */
  readonly basisPoints: number;
}

/** The fee of a hop on the way to addresses at and below `prefix`. */
export interface HopFee extends Fee {
  readonly prefix: string;
}

/** No fee, as in `dev`. */
export const NO_FEE: Fee = { flatUnits: 0n, basisPoints: 0 };

const WHOLE = 10_000n;

/**
 * The amount that is forwarded; null if the fee leaves nothing. The fee is rounded down, in the payer's favour. A packet of amount 0 costs
 * no fee.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { afterFee } from "./fee.ts";
 *
 * assert.equal(afterFee(10_009n, { flatUnits: 2n, basisPoints: 10 }), 9_997n);
 * ```
 */
export function afterFee(amount: bigint, fee: Fee): bigint | null {
  if (amount === 0n) return 0n;
  const left = amount - fee.flatUnits - amount * BigInt(fee.basisPoints) / WHOLE;
  return left > 0n ? left : null;
}

/**
 * The least amount to send so that `net` is left after the fees of all hops, in the order of the packet's route. For a `net` of 0 it is 0.
 *
 * @throws {RangeError} if `net` is below 0, or a fee breaks its rule
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { afterFee, grossFor } from "./fee.ts";
 *
 * const fee = { flatUnits: 2n, basisPoints: 10 };
 * assert.equal(grossFor(9_997n, [fee]), 10_009n);
 * assert.deepEqual([afterFee(10_008n, fee), afterFee(10_009n, fee)], [9_996n, 9_997n]);
 * ```
 */
export function grossFor(net: bigint, fees: readonly Fee[]): bigint {
  if (net < 0n) throw new RangeError("net must be 0 units or more");
  if (net === 0n) return 0n;
  return fees.reduceRight((needed, fee) => leastFor(needed, fee), net);
}

/** The fees of a profile's list that apply on the route to a destination. */
export function feesOnTheWay(fees: readonly HopFee[], destination: string): readonly Fee[] {
  return fees.filter(({ prefix }) => isBelow(destination, prefix));
}

/**
 * The amount to send so that `net` arrives at `destination`, with the fees of a profile's list.
 */
export function grossTo(destination: string, net: bigint, fees: readonly HopFee[]): bigint {
  return grossFor(net, feesOnTheWay(fees, destination));
}

/** The text form of a hop's fee in profiles and over ports: prefix, flat units and basis points, for example `test.hub 3 10`. */
export function formatHopFee({ prefix, flatUnits, basisPoints }: HopFee): string {
  return `${prefix} ${flatUnits} ${basisPoints}`;
}

/**
 * Parses the text of {@link formatHopFee}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseHopFee } from "./fee.ts";
 *
 * assert.deepEqual(parseHopFee("test.hub 3 10"), { prefix: "test.hub", flatUnits: 3n, basisPoints: 10 });
 * ```
 *
 * @throws {RangeError} if it is invalid
 */
export function parseHopFee(text: string): HopFee {
  const found = /^(\S+) (\d{1,18}) (\d{1,4})$/.exec(text);
  if (found === null || !isIlpAddress(found[1])) {
    throw new RangeError("a hop fee must be an ILP address, flat units and basis points");
  }
  return { prefix: found[1], flatUnits: BigInt(found[2]), basisPoints: Number(found[3]) };
}

/** Throws RangeError for a negative fee, or one of 100 percent or more. */
export function checkFee(fee: Fee): void {
  if (fee.flatUnits < 0n) throw new RangeError("flatUnits must be 0 or more");
  const { basisPoints } = fee;
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints >= 10_000) {
    throw new RangeError("basisPoints must be a whole number from 0 to 9999");
  }
}

/**
 * The amount for one hop: the least g with g - flat - floor(g × bp / 10,000) = needed. With m = needed + flat this means
 * ceil(g × (10,000 - bp) / 10,000) >= m. So g is the least integer above (m - 1) × 10,000 / (10,000 - bp). The left side rises by 0 or 1
 * for each unit, so it is exactly m there.
 */
function leastFor(needed: bigint, fee: Fee): bigint {
  checkFee(fee);
  return (needed + fee.flatUnits - 1n) * WHOLE / (WHOLE - BigInt(fee.basisPoints)) + 1n;
}
