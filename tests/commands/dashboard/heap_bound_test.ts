/** When a dashboard collects its heap. */
import assert from "node:assert/strict";
import { heapBound } from "../../../commands/dashboard/heap_bound.ts";

Deno.test("heapBound() collects once the heap has grown by 1.1 MB since the least, and not again before it has grown anew", () => {
  let [used, collected] = [5_000_000, 0];
  const tick = heapBound(() => {
    collected++;
    used -= 500_000;
  }, () => used);
  const after = (bytes: number) => {
    used += bytes;
    tick();
    return collected;
  };
  assert.equal(after(0), 0);
  assert.equal(after(1_100_000), 0);
  assert.equal(after(1), 1);
  assert.equal(after(1_000_000), 1, "counted from what was left");
  assert.equal(after(-900_000), 1);
  assert.equal(after(1_100_001), 2, "counted from the least");
});

Deno.test("heapBound() asks for nothing where there is no collector", () => {
  heapBound(undefined, () => assert.fail("asked"))();
});
