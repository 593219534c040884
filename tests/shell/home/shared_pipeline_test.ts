import assert from "node:assert/strict";
import { SharedPipeline } from "../../../shell/home/shared_pipeline.ts";

/** Pipelines that record their calls, and end when the test says so. */
function starter() {
  const told: string[] = [];
  const ends: (() => void)[] = [];
  let made = 0;
  const start = () => {
    const at = ++made;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    ends.push(resolve);
    told.push(`start ${at}`);
    const end = (how: string) => () => {
      told.push(`${how} ${at}`);
      return done;
    };
    return Promise.resolve({
      name: "outbound",
      ready: Promise.resolve(),
      done,
      drain: end("drain"),
      abort: end("abort"),
    });
  };
  return { told, ends, start };
}

Deno.test("SharedPipeline: calls at the same time use one pipeline, and the last of them ends it", async () => {
  const { told, ends, start } = starter();
  const shared = new SharedPipeline(start);
  const [a, b] = await Promise.all([shared.take(), shared.take()]);
  await a.drain(1);
  await a.abort();
  assert.deepEqual(told, ["start 1"], "the other one works on");
  const ending = b.drain(1);
  ends[0]();
  await ending;
  assert.deepEqual(told, ["start 1", "drain 1"]);
});

Deno.test("SharedPipeline: the next pipeline starts when the one before has ended, not while it drains", async () => {
  const { told, ends, start } = starter();
  const shared = new SharedPipeline(start);
  const first = await shared.take();
  const ending = first.drain(1);
  const second = shared.take();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(told, ["start 1", "drain 1"]);
  ends[0]();
  await ending;
  await second;
  assert.deepEqual(told, ["start 1", "drain 1", "start 2"]);
});

Deno.test("SharedPipeline: the first call takes the prepared pipeline, or it ends unused", async () => {
  const { told, ends, start } = starter();
  const shared = new SharedPipeline(start);
  shared.prepare();
  const taken = await shared.take();
  await shared.end();
  assert.deepEqual(told, ["start 1"], "it is in use");
  ends[0]();
  await taken.drain();
  shared.prepare();
  const ending = shared.end();
  await new Promise((resolve) => setTimeout(resolve));
  ends[1]();
  await ending;
  assert.deepEqual(told, ["start 1", "drain 1", "start 2", "abort 2"]);
});

Deno.test("SharedPipeline: all waiting calls learn that it cannot start, and the next call tries again", async () => {
  let tries = 0;
  const { start } = starter();
  const shared = new SharedPipeline(() =>
    ++tries === 1 ? Promise.reject(new Error("no relay")) : start()
  );
  const both = await Promise.allSettled([shared.take(), shared.take()]);
  assert.deepEqual(both.map(({ status }) => status), ["rejected", "rejected"]);
  assert.equal((await shared.take()).name, "outbound");
});
