import assert from "node:assert/strict";
import { replacementFee } from "../../../money/channels/replacement_fee.ts";

Deno.test("replacementFee() is 15 % and one wei above the old fee, or what the chain asks now", () => {
  for (
    const [old, now, expected] of [
      [0n, 0n, 1n],
      [1n, 0n, 2n],
      [7n, 9n, 9n],
      [100n, 116n, 116n],
      [100n, 117n, 117n],
      [1_000_000_000n, 0n, 1_150_000_001n],
    ] as const
  ) assert.equal(replacementFee(old, now), expected, `${old} ${now}`);
  assert.equal(replacementFee(100n), 116n);
});
