import assert from "node:assert/strict";
import type { Pipeline, PipelineSpec, Replacement } from "../../runtime/pipeline_spec.ts";
import type { Journal, JournalReport } from "./stages/journal.ts";
import type { EffectsOptions } from "./stages/effects.ts";
import type { TroubledOptions } from "./stages/troubled.ts";
import { listing, localHandle } from "./supervised.ts";

/** Gives numbers to a source when the test tells it to. */
function feed() {
  const waiting: (number | null)[] = [];
  let wake = Promise.withResolvers<void>();
  const next = async () => {
    while (waiting.length === 0) await wake.promise;
    return waiting.shift()!;
  };
  return {
    handle: localHandle("feed", { next }, ["next"]),
    give(number: number | null) {
      waiting.push(number);
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
  };
}

/** A pipeline whose sink rests as soon as it may, and whose pings come fast. */
async function pipelineOf(
  effects: EffectsOptions = {},
  isolate = true,
  { at = {}, restAfterMs = 0, oneGroup = false }: {
    readonly at?: TroubledOptions["at"];
    readonly restAfterMs?: number;
    readonly oneGroup?: boolean;
  } = {},
) {
  const { names, supervisor } = listing({
    ...{ pingMs: 20, isolate },
    groupOf: (unit) => oneGroup ? "" : unit,
  });
  const journal = await supervisor.service("journal", {});
  const start = async (name: string) => {
    const { handle, give } = feed();
    const spec: PipelineSpec = {
      name,
      stages: [
        { stage: "told" },
        { stage: "troubled", options: { at } },
        { stage: "effects", options: effects, restAfterMs },
      ],
      services: { journal, feed: handle },
      quarantine: "journal",
    };
    const pipeline = await supervisor.pipeline(spec);
    await pipeline.ready;
    return { give, pipeline };
  };
  const sinks = () => names.filter((name) => name.endsWith("effects")).length;
  const client: Pick<Journal, "report"> = journal.client();
  return { ...await start("rests"), start, sinks, supervisor, client };
}

/** Waits, two minutes at most. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2_400 && !await condition(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(await condition());
}

const effectsAt = async (client: Pick<Journal, "report">, effects: number) => {
  let report: JournalReport | undefined;
  await until(async () => (report = await client.report()).effects >= effects);
  return report!;
};
/** Waits until the sink has given its worker up so many times. */
const rested = (pipeline: Pipeline, times: number) =>
  until(() => pipeline.counters().effects.rests === times);

Deno.test("a sink without items ends its worker, and the next item starts one, each time", async () => {
  const { pipeline, give, sinks, supervisor, client } = await pipelineOf();
  const replaced: Replacement[] = [];
  pipeline.onReplaced((replacement) => replaced.push(replacement));
  for (const round of [1, 2]) {
    await rested(pipeline, round);
    assert.equal(sinks(), round, "nothing starts it again before an item comes");
    for (const number of [10, 20, 30]) give(round + number);
    await effectsAt(client, 3 * round);
    assert.equal(sinks(), round + 1);
  }
  give(null);
  await pipeline.done;
  const { effects, told } = pipeline.counters();
  assert.deepEqual([effects.items_in, effects.settled_done, told.settled_done], [6, 6, 6]);
  assert.deepEqual(replaced, [], "a rest is no death");
  assert.equal((await client.report()).repeatedEffects, 0);
  await supervisor.stop();
});

Deno.test("a sink that has an item in hand does not rest", async () => {
  const { pipeline, give, sinks, supervisor } = await pipelineOf({ silent: true });
  await rested(pipeline, 1);
  give(1);
  await until(() => pipeline.counters().effects.items_in === 1);
  // Longer than an idle sink needs: it was asked many times in this time.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal(pipeline.counters().effects.rests, 1);
  assert.equal(sinks(), 2);
  await pipeline.abort();
  await assert.rejects(pipeline.done);
  await supervisor.stop();
});

Deno.test("a pipeline whose sink rests ends without starting it", async () => {
  const { pipeline, give, start, sinks, supervisor } = await pipelineOf();
  const other = await start("drained");
  await Promise.all([rested(pipeline, 1), rested(other.pipeline, 1)]);
  give(null);
  await Promise.all([pipeline.done, other.pipeline.drain()]);
  assert.equal(sinks(), 2);
  await supervisor.stop();
});

Deno.test("an item that wakes a sink and kills it once is done, not set aside", async () => {
  const { pipeline, give, supervisor, client } = await pipelineOf({ dieAfterEffectOf: [7] });
  const replaced: Replacement[] = [];
  pipeline.onReplaced((replacement) => replaced.push(replacement));
  await rested(pipeline, 1);
  give(7);
  give(null);
  await pipeline.done;
  const { quarantined, effects } = await client.report();
  assert.deepEqual([quarantined, effects], [[], 1]);
  assert.deepEqual(replaced.map(({ stages, reason }) => [stages, reason]), [[
    ["effects"],
    "failed",
  ]]);
  assert.equal(pipeline.counters().told.settled_done, 1);
  await supervisor.stop();
});

Deno.test("a worker that two sinks share ends when both rest; one that works keeps it", async () => {
  const { pipeline, give, start, sinks, supervisor, client } = await pipelineOf({}, false);
  const other = await start("other");
  assert.equal(sinks(), 1);
  const stop = setInterval(() => other.give(Date.now()), 100);
  await rested(pipeline, 1);
  const before = (await client.report()).effects;
  await effectsAt(client, before + 5);
  assert.equal(sinks(), 1, "the other one goes on in the same worker");
  give(1);
  await until(() => pipeline.counters().told.settled_done === 1);
  assert.equal(sinks(), 1, "it comes back to the worker that is there");
  clearInterval(stop);
  await Promise.all([rested(pipeline, 2), rested(other.pipeline, 1)]);
  other.give(2);
  give(3);
  await until(() => pipeline.counters().told.settled_done === 2);
  assert.equal(sinks(), 2);
  give(null);
  other.give(null);
  await Promise.all([pipeline.done, other.pipeline.done]);
  assert.equal((await client.report()).repeatedEffects, 0);
  await supervisor.stop();
});

for (const isolate of [true, false]) {
  const where = isolate ? "its own worker" : "the worker of all stages";
  Deno.test(`nothing rests that was not asked, whatever a stage in ${where} says`, async () => {
    // Without groups, all three stages share a worker, and the stage speaks for the source and the sink too.
    const { pipeline, give, supervisor, client } = await pipelineOf({}, isolate, {
      ...{ at: { 2: "rested" }, restAfterMs: 3_600_000 },
      ...!isolate && { oneGroup: true },
    });
    for (const number of [1, 2, 3]) give(number);
    await effectsAt(client, 3);
    give(4);
    await until(() => pipeline.counters().told.settled_done === 4);
    assert.equal(pipeline.counters().effects.rests, undefined);
    await pipeline.drain();
    await supervisor.stop();
  });
}

Deno.test("only a sink may rest", async () => {
  const { supervisor } = listing();
  const stages = [{ stage: "bytes", options: { items: [] }, restAfterMs: 1 }, { stage: "collect" }];
  await assert.rejects(
    supervisor.pipeline({
      name: "bad",
      stages,
      services: { collector: localHandle("collector", {}, []) },
    }),
    { code: "bad_spec", message: "Cannot run pipeline bad: bytes is a source and cannot rest" },
  );
  await supervisor.stop();
});
