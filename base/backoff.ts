/**
 * How long to wait before the next attempt to connect.
 *
 * @module
 */

/** The figures of an exponential backoff. */
export interface BackoffRule {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** The part by which a wait is randomly longer or shorter; 0.1 is 10 %. */
  readonly jitter: number;
}

/** 1 s to 30 s, doubled, 10 % jitter. */
export const RELAY_BACKOFF: BackoffRule = {
  firstMs: 1_000,
  maxMs: 30_000,
  factor: 2,
  jitter: 0.1,
};

/**
 * The wait before attempt number `attempt` (0 is the first one after a loss), in whole milliseconds.
 *
 * @param random From 0 to below 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { backoffMs, RELAY_BACKOFF } from "./backoff.ts";
 *
 * assert.equal(backoffMs(RELAY_BACKOFF, 0, 0.5), 1_000);
 * assert.equal(backoffMs(RELAY_BACKOFF, 9, 0.5), 30_000);
 * ```
 */
export function backoffMs(
  rule: BackoffRule,
  attempt: number,
  random: number,
): number {
  const plain = Math.min(
    rule.maxMs,
    rule.firstMs * rule.factor ** Math.min(attempt, 64),
  );
  return Math.round(plain * (1 + rule.jitter * (2 * random - 1)));
}
