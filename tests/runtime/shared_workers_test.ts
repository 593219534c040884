/** Stages that share a worker: which ones do, what they see of each other, and what happens when it dies. */
import assert from "node:assert/strict";
import { reportAt } from "./stages/journal.ts";
import type { PipelineSpec } from "../../runtime/pipeline_spec.ts";
import type { Item } from "../../stages/stage.ts";
import { listing, localHandle, testSupervisor } from "./supervised.ts";

const numbers = (count: number, more = {}) => ({ stage: "numbers", options: { count, ...more } });
const STAGES: PipelineSpec["stages"] = [numbers(300), { stage: "troubled" }, { stage: "effects" }];

for (
  const { name, options, workers } of [
    {
      name: "stages with equal permissions share a worker",
      options: {},
      workers: ["one/0-numbers"],
    },
    {
      name: "isolate gives each stage its own",
      options: { isolate: true },
      workers: ["one/0-numbers", "one/1-troubled", "one/2-effects"],
    },
    {
      name: "stages of different groups have workers of their own",
      options: { groupOf: (stage: string) => stage === "effects" ? "sinks" : "others" },
      workers: ["one/0-numbers", "one/2-effects"],
    },
  ]
) {
  Deno.test(name, async () => {
    const { names, supervisor } = listing(options);
    const journal = await supervisor.service("journal", {});
    const pipeline = await supervisor.pipeline({
      name: "one",
      stages: STAGES,
      services: { journal },
    });
    await pipeline.done;
    assert.deepEqual((await reportAt(journal.client(), 300)).settled, { done: 300 });
    assert.deepEqual(names, ["journal", ...workers]);
    const { numbers, troubled, effects } = pipeline.counters();
    assert.deepEqual(
      [numbers.items_out, troubled.items_in, troubled.items_out, effects.items_in],
      [300, 300, 300, 300],
    );
    await supervisor.stop();
  });
}

Deno.test("stages of two pipelines share a worker, which stays when one of the two has ended", async () => {
  const { names, supervisor } = listing();
  const journals = [
    await supervisor.service("journal", {}),
    await supervisor.service("journal", {}),
  ];
  const stages = (
    count: number,
    endless: boolean,
  ) => [numbers(count, { endless }), STAGES[1], STAGES[2]];
  const endless = await supervisor.pipeline({
    name: "endless",
    stages: stages(100, true),
    services: { journal: journals[0] },
  });
  await endless.ready;
  const short = await supervisor.pipeline({
    name: "short",
    stages: stages(200, false),
    services: { journal: journals[1] },
  });
  await short.done;
  assert.deepEqual((await reportAt(journals[1].client(), 200)).settled, { done: 200 });
  const again = await supervisor.pipeline({
    name: "short",
    stages: stages(300, false),
    services: { journal: journals[1] },
  });
  await again.done;
  assert.deepEqual((await reportAt(journals[1].client(), 300)).settled, { done: 300 });
  await endless.drain();
  assert.deepEqual((await reportAt(journals[0].client(), 100)).settled, { done: 100 });
  assert.deepEqual(names, ["journal", "journal", "endless/0-numbers"]);
  await supervisor.stop();
});

Deno.test("when a shared worker dies, each stage continues in its own, and a source from its cursor", async () => {
  const { names, supervisor } = listing();
  const journal = await supervisor.service("journal", {});
  const pipeline = await supervisor.pipeline({
    name: "one",
    stages: [
      numbers(300),
      { stage: "troubled", options: { at: { 150: "throw" }, times: 1 } },
      { stage: "effects" },
    ],
    services: { journal },
  });
  await pipeline.done;
  const report = await reportAt(journal.client(), 300);
  assert.deepEqual(report.settled, { done: 300 });
  assert.equal(report.effects, 300);
  assert.deepEqual(names, [
    "journal",
    "one/0-numbers",
    "one/0-numbers",
    "one/1-troubled",
    "one/2-effects",
  ]);
  await supervisor.stop();
});

Deno.test("a document that kills is set aside alone, and does not disturb the pipeline beside it", async () => {
  const { supervisor } = listing();
  const [deadly, quiet] = [
    await supervisor.service("journal", {}),
    await supervisor.service("journal", {}),
  ];
  const beside = await supervisor.pipeline({
    name: "beside",
    stages: [numbers(5_000, { batch: 1 }), STAGES[1], STAGES[2]],
    services: { journal: quiet },
    quarantine: "journal",
  });
  await beside.ready;
  const killed = await supervisor.pipeline({
    name: "killed",
    stages: [
      numbers(200),
      { stage: "troubled", options: { at: { 7: "throw", 120: "throw" } } },
      { stage: "effects" },
    ],
    services: { journal: deadly },
    quarantine: "journal",
  });
  await Promise.all([killed.done, beside.done]);
  const told = await reportAt(deadly.client(), 200);
  assert.deepEqual([told.settled, told.quarantined], [{ done: 198, poison: 2 }, ["7", "120"]]);
  const others = await reportAt(quiet.client(), 5_000);
  assert.deepEqual([others.settled, others.quarantined], [{ done: 5_000 }, []]);
  await supervisor.stop();
});

Deno.test("a stage that cannot start says why, also where it shares a worker", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  const pipeline = await supervisor.pipeline({
    name: "one",
    stages: [
      numbers(3),
      { stage: "troubled", options: { at: { [-1]: "start" } } },
      { stage: "effects" },
    ],
    services: { journal },
  });
  await assert.rejects(pipeline.ready, { name: "StartError", code: "no_start" });
  await supervisor.stop();
});

Deno.test("whenNeeded() starts a service at the first call, of a stage, of a service or of the main thread", async () => {
  const { names, supervisor } = listing();
  const item: Item = { seq: 0, bytes: new Uint8Array([48]), known: { number: 1 } };
  const collect = () => Promise.resolve();
  const journal = await supervisor.whenNeeded("journal", {}, {}, null);
  const quiet = await supervisor.whenNeeded("journal", {});
  const pipeline = await supervisor.pipeline({
    name: "one",
    stages: [{ stage: "bytes", options: { items: [item] } }, { stage: "troubled", options: {} }, {
      stage: "effects",
    }],
    services: { journal, quiet, collector: localHandle("collector", { collect }, ["collect"]) },
  });
  await pipeline.ready;
  assert.ok(names.length <= 2, names.join());
  await pipeline.done;
  assert.deepEqual(names, ["one/0-bytes", "journal"]);
  assert.equal((await journal.client().report()).effects, 1);
  assert.equal(names.length, 2, "a second client starts nothing");
  await supervisor.stop();
  await assert.rejects(quiet.client().report(), { code: "closed" });
});

Deno.test("whenNeeded() rejects the waiting calls if the service cannot start", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.whenNeeded("journal", { note: "refuse" });
  await assert.rejects(journal.client().report(), { code: "closed" });
  await supervisor.stop();
});

Deno.test("a service that may rest ends its worker, and starts again for the next call of any client", async () => {
  const { names, supervisor } = listing();
  const journal = await supervisor.whenNeeded("journal", {}, {}, REST_MS);
  const [first, second] = [journal.client(), journal.client()];
  await first.visit("a");
  for (let lives = 1; lives <= 3; lives++) {
    assert.equal(names.length, lives);
    // A new worker starts its counts at zero; a surviving worker keeps them.
    await until(async () => await second.visit("b") === 0 && names.length > lives, 2 * REST_MS);
  }
  await supervisor.stop();
  await assert.rejects(first.visit("a"), { code: "closed" });
});

Deno.test("no call is lost or made twice while a service goes to rest again and again", async () => {
  const { names, supervisor } = listing({ pingMs: 20 });
  const journal = await supervisor.whenNeeded("journal", {}, {}, 4);
  const clients = Array.from({ length: 4 }, () => journal.client());
  let [calls, at] = [0, 0];
  while (names.length < 12) {
    const answers = await Promise.all(clients.map((client) => client.visit(`call ${calls++}`)));
    assert.deepEqual(answers, [0, 0, 0, 0], "made twice");
    // Around the moment at which it rests: calls leave before, while and after their ports change.
    await new Promise((resolve) => setTimeout(resolve, at++ % 9));
  }
  const served = () => supervisor.counters().journal?.["served visit"] ?? 0;
  await until(() => Promise.resolve(served() >= calls), 10);
  assert.equal(served(), calls);
  await supervisor.stop();
});

Deno.test("renew() starts the next worker with other options and permissions, after the calls in progress, and loses no call", async () => {
  const { names, supervisor } = listing();
  const prober = await supervisor.whenNeeded("journal", { note: "old" }, {}, null);
  const client = prober.client();
  await prober.renew({ note: "older" });
  assert.equal(names.length, 0, "what does not run is not started");
  await client.visit("a");
  const busy = client.block(300);
  const renewed = prober.renew({ note: "refuse" });
  await busy;
  await renewed;
  assert.equal(names.length, 1, "its worker has ended, and nobody called since");
  await assert.rejects(client.visit("a"), { code: "closed" });
  await supervisor.stop();
});

Deno.test("renew() ends a worker whose service would stay, and calls that come meanwhile are made once", async () => {
  const { names, supervisor } = listing({ pingMs: 20 });
  const journal = await supervisor.whenNeeded("journal", {}, {}, null);
  const clients = Array.from({ length: 4 }, () => journal.client());
  let calls = 0;
  const visit = () => Promise.all(clients.map((client) => client.visit(`call ${calls++}`)));
  for (let lives = 1; lives <= 8; lives++) {
    // Calls leave before, while and after their ports change.
    const before = visit();
    const renewed = journal.renew({});
    assert.deepEqual([await before, await visit()].flat(), Array(8).fill(0), "made twice");
    await renewed;
    await visit();
  }
  const served = () => supervisor.counters().journal?.["served visit"] ?? 0;
  await until(() => Promise.resolve(served() >= calls), 10);
  assert.equal(served(), calls);
  assert.ok(names.length >= 8, `${names.length} workers`);
  await supervisor.stop();
});

const REST_MS = 200;

/** Waits as long as necessary; between two checks nobody calls the service. */
async function until(isSo: () => Promise<boolean>, everyMs: number): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, everyMs));
}
