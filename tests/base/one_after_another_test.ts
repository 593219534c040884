import assert from "node:assert/strict";
import { oneAfterAnother } from "../../base/one_after_another.ts";

Deno.test("oneAfterAnother() never runs twice at once, and runs once more for all calls that came meanwhile", async () => {
  let [running, runs] = [0, 0];
  const work = oneAfterAnother(async () => {
    assert.equal(++running, 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    runs++;
  });
  const first = work();
  await Promise.resolve();
  await Promise.resolve();
  await Promise.all([first, work(), work(), work()]);
  assert.equal(runs, 2);
  await work();
  assert.equal(runs, 3);
});
