/**
 * What a hop keeps of a packet, flat + floor(amount × basis points / 10,000), and what must be sent so that a price arrives.
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
 * What is sent on of `amount`; null when the fee leaves nothing. Rounded in the payer's favour: the fee is floored. A packet of
 * amount 0 brings no money and costs no fee.
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
 * The least amount of which `net` is left after the fees of all hops, in the order in which a packet meets them. Nothing costs
 * nothing.
 *
 * @throws {RangeError} when `net` is below 0, or a fee breaks its rule
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

/** The fees on the way to a destination, of a profile's list. */
export function feesOnTheWay(fees: readonly HopFee[], destination: string): readonly Fee[] {
  return fees.filter(({ prefix }) => isBelow(destination, prefix));
}

/**
 * What must be sent so that `net` arrives at `destination`, by a profile's list.
 */
export function grossTo(destination: string, net: bigint, fees: readonly HopFee[]): bigint {
  return grossFor(net, feesOnTheWay(fees, destination));
}

/** A hop's fee as profiles and ports have it: prefix, flat units and basis points, e.g. `test.hub 3 10`. */
export function formatHopFee({ prefix, flatUnits, basisPoints }: HopFee): string {
  return `${prefix} ${flatUnits} ${basisPoints}`;
}

/**
 * Reads {@link formatHopFee}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseHopFee } from "./fee.ts";
 *
 * assert.deepEqual(parseHopFee("test.hub 3 10"), { prefix: "test.hub", flatUnits: 3n, basisPoints: 10 });
 * ```
 *
 * @throws {RangeError} when it is none
 */
export function parseHopFee(text: string): HopFee {
  const found = /^(\S+) (\d{1,18}) (\d{1,4})$/.exec(text);
  if (found === null || !isIlpAddress(found[1])) {
    throw new RangeError("a hop fee must be an ILP address, flat units and basis points");
  }
  return { prefix: found[1], flatUnits: BigInt(found[2]), basisPoints: Number(found[3]) };
}

/** Refuses a fee that no packet could pay, or that would pay the payer. */
export function checkFee(fee: Fee): void {
  if (fee.flatUnits < 0n) throw new RangeError("flatUnits must be 0 or more");
  const { basisPoints } = fee;
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints >= 10_000) {
    throw new RangeError("basisPoints must be a whole number from 0 to 9999");
  }
}

/**
 * One hop: the least g with g - flat - floor(g × bp / 10,000) = needed. With m = needed + flat that is ceil(g × (10,000 - bp) /
 * 10,000) >= m, so g lies just above (m - 1) × 10,000 / (10,000 - bp); the left side rises by 0 or 1 a unit, so it meets m.
 */
function leastFor(needed: bigint, fee: Fee): bigint {
  checkFee(fee);
  return (needed + fee.flatUnits - 1n) * WHOLE / (WHOLE - BigInt(fee.basisPoints)) + 1n;
}
