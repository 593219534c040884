import assert from "node:assert/strict";
import fc from "fast-check";
import { NOTHING_SPENT, spend, spentUnits } from "../../../money/signer/spending.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

Deno.test("spentUnits() is never below the exact window and never above it by more than a bucket, and the record stays small", () => {
  const step = fc.record({
    afterMs: fc.integer({ min: -HOUR_MS, max: 2 * HOUR_MS }),
    units: fc.bigInt({ min: 0n, max: 100n }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    let clock = Date.UTC(2026, 0, 1);
    let state = NOTHING_SPENT;
    const all: { atMs: number; units: bigint }[] = [];
    for (const { afterMs, units } of steps) {
      clock += afterMs;
      state = spend(state, clock, units);
      const now = state.lastSeenMs;
      all.push({ atMs: now, units });
      const since = (ms: number) =>
        all.filter(({ atMs }) => atMs > now - ms).reduce((sum, { units }) => sum + units, 0n);
      assert.ok(spentUnits(state, "hour") >= since(HOUR_MS));
      assert.ok(spentUnits(state, "hour") <= since(HOUR_MS + 300_000));
      assert.ok(spentUnits(state, "day") >= since(DAY_MS));
      assert.ok(spentUnits(state, "day") <= since(DAY_MS + HOUR_MS));
      assert.ok(state.fiveMinutes.length <= 13 && state.hours.length <= 25);
    }
  }));
});
