import assert from "node:assert/strict";
import { firstOf } from "../../base/first_of.ts";
import { VirtualTime } from "../money/payer/sim/virtual_time.ts";

const failing = (words: string) => () => Promise.reject(new Error(words));

Deno.test("firstOf() begins the next try when one failed or is silent, and gives the first success", async () => {
  const time = new VirtualTime(1);
  const start = time.nowMs;
  const begun: number[] = [];
  const late = Promise.withResolvers<string>();
  const first = firstOf(
    [
      () => (begun.push(0), late.promise),
      () => (begun.push(1), Promise.reject(new Error("no route"))),
      () => (begun.push(2), Promise.resolve("here")),
      () => (begun.push(3), Promise.resolve("never asked")),
    ],
    700,
    time.timersOf(() => true),
  );
  assert.deepEqual(begun, [0]);
  await time.run(start + 699);
  assert.deepEqual(begun, [0]);
  await time.run(start + 700);
  assert.equal(await first, "here");
  late.resolve("too late");
  await time.run(start + 10_000);
  assert.deepEqual(begun, [0, 1, 2]);
});

Deno.test("firstOf() rejects with the first try's error once all have failed", async () => {
  const time = new VirtualTime(1);
  const none = firstOf([failing("one"), failing("two")], 700, time.timersOf(() => true));
  await assert.rejects(none, /^Error: one$/);
});
