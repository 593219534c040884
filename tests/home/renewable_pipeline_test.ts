/** A pipeline that is started again while its users keep it. */
import assert from "node:assert/strict";
import { renewablePipeline } from "../../home/renewable_pipeline.ts";

/** Pipelines that end when the test says so. */
function starts() {
  const made: { end: () => void; fail: (error: Error) => void; drained: (number | undefined)[] }[] =
    [];
  let refuses = false;
  const start = () => {
    if (refuses) return Promise.reject(new Error("no start"));
    const { promise: done, resolve: end, reject: fail } = Promise.withResolvers<void>();
    done.catch(() => undefined);
    const drained: (number | undefined)[] = [];
    const number = made.push({ end, fail, drained });
    return Promise.resolve({
      name: "outbound",
      ready: Promise.resolve(),
      done,
      counters: () => ({ sink: { number } }),
      drain(deadlineMs?: number) {
        drained.push(deadlineMs);
        // As one that was aborted after its deadline.
        fail(new Error("aborted"));
        return done;
      },
    });
  };
  return { start, made, refuse: () => void (refuses = true) };
}

/** Whether it has settled by now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  const seen = await Promise.race([
    promise.then(() => null, () => null),
    new Promise((resolve) => setTimeout(() => resolve(pending))),
  ]);
  return seen === pending;
}

Deno.test("renewablePipeline() drains the one before, starts the next one, and is not done by that", async () => {
  const { start, made } = starts();
  const pipeline = await renewablePipeline(start);
  await Promise.all([pipeline.renew(), pipeline.renew()]);
  assert.deepEqual(made.map(({ drained }) => drained.length), [1, 1, 0]);
  assert.deepEqual(pipeline.counters(), { sink: { number: 3 } });
  assert.ok(await isPending(pipeline.done));
  made[2].fail(new Error("a worker died"));
  await assert.rejects(pipeline.done, /a worker died/);
});

Deno.test("renewablePipeline() is done with an error if the next one cannot start, and is not renewed while it is drained", async () => {
  const failing = starts();
  const broken = await renewablePipeline(failing.start);
  failing.refuse();
  await assert.rejects(broken.renew(), /no start/);
  await assert.rejects(broken.done, /no start/);

  const { start, made } = starts();
  const pipeline = await renewablePipeline(start);
  const drained = pipeline.drain(7);
  await pipeline.renew();
  await assert.rejects(drained, /aborted/);
  assert.deepEqual(made.map(({ drained }) => drained), [[7]]);
});
