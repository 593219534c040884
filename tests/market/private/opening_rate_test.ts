/** How many gift wraps are opened in a second. */
import assert from "node:assert/strict";
import { atRate } from "../../../market/private/opening_rate.ts";
import { ManualTime } from "../../peers/relay/scripted_relay.ts";

Deno.test("atRate() lets some through at once and the others later, in their order, and drops none", async () => {
  const time = new ManualTime();
  const turn = atRate({ burst: 3, perSecond: 10 }, time.timers);
  const opened: number[] = [];
  const all = Array.from({ length: 6 }, async (_, at) => {
    await turn();
    opened.push(at);
  });
  await time.scheduled(100);
  assert.deepEqual(opened, [0, 1, 2]);
  for (const count of [4, 5, 6]) {
    time.advance(100);
    await all[count - 1];
    assert.equal(opened.length, count);
    if (count < 6) await time.scheduled(100);
  }
  assert.deepEqual(opened, [0, 1, 2, 3, 4, 5]);
});
