import assert from "node:assert/strict";
import type { Forgetful } from "./stages/forgetful.ts";
import { reportAt } from "./stages/journal.ts";
import type { Fatal } from "../../runtime/supervisor.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { Sample } from "../../runtime/pipeline_spec.ts";
import type { Batch, Item } from "../../stages/stage.ts";
import { localHandle, testSupervisor } from "./supervised.ts";

const item = (seq: number): Item => ({ seq, bytes: new TextEncoder().encode(`${seq}`), known: {} });

/** Collects what reaches the sink, in the test itself. */
function collector() {
  const items: Item[] = [];
  const collect = (batch: Batch) => Promise.resolve(void items.push(...batch));
  return { items, handle: localHandle("collector", { collect }, ["collect"]) };
}

Deno.test("supervisor runs a pipeline to its end, pools and refusals included", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  const pipeline = await supervisor.pipeline({
    name: "p",
    stages: [
      { stage: "numbers", options: { count: 1000 } },
      { stage: "troubled", options: { at: { 5: "refuse" } }, pool: 3 },
      { stage: "effects" },
    ],
    services: { journal },
  });
  await pipeline.ready;
  await pipeline.done;
  const report = await reportAt(journal.client(), 1_000);
  assert.deepEqual(report.settled, { done: 999, refused: 1 });
  assert.equal(report.cursor, 1000);
  assert.equal(report.settledTwice, 0);
  const { numbers, troubled, effects } = pipeline.counters();
  assert.equal(numbers.items_out, 1000);
  assert.equal(troubled.items_in, 1000);
  assert.equal(troubled.refused_out, 1);
  assert.equal(effects.settled_refused, 1);
  await supervisor.stop();
});

Deno.test("a worker without permissions can do nothing but compute", async () => {
  // A busy machine may need long for the attempts, and a replaced worker repeats them.
  const supervisor = testSupervisor({ deadMs: 120_000 });
  const { items, handle } = collector();
  const pipeline = await supervisor.pipeline({
    name: "probe",
    stages: [{ stage: "bytes", options: { items: [item(0)] } }, { stage: "prober" }, {
      stage: "collect",
    }],
    services: { collector: handle },
  });
  await pipeline.done;
  await supervisor.stop();
  assert.deepEqual(items.map(({ seq, refusal }) => [seq, refusal]), [[0, undefined]]);
  const { import_npm, fetch, caches, broadcast, import_file, ...denied } = items[0].known;
  for (const [attempt, outcome] of Object.entries(denied)) {
    assert.equal(outcome, "NotCapable", attempt);
  }
  assert.equal(fetch, "NotCapable");
  assert.match(String(import_file), /^(TypeError|NotCapable)$/);
  assert.match(String(import_npm), /^(TypeError|NotCapable)$/);
  assert.deepEqual([caches, broadcast], ["ReferenceError", "ReferenceError"]);
});

Deno.test("a local service is made in the stage's own worker, with the services that it needs, and ends its work before that", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  const { items, handle } = collector();
  const known = { number: 7 };
  const pipeline = await supervisor.pipeline({
    name: "local",
    stages: [
      { stage: "bytes", options: { items: [{ ...item(0), known }, { ...item(1), known }] } },
      { stage: "greeter" },
      { stage: "collect" },
    ],
    services: {
      journal,
      collector: handle,
      greeting: { local: "greeting", options: { word: "hi" }, needs: ["journal"] },
    },
  });
  await pipeline.done;
  assert.equal(await journal.client().visit("end"), 1);
  await supervisor.stop();
  assert.deepEqual(items.map(({ known }) => known.greeting), ["hi-7-0", "hi-7-1"]);
});

Deno.test("drain() passes on what was read, and ends", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  const client = journal.client();
  const pipeline = await supervisor.pipeline({
    name: "endless",
    stages: [{ stage: "numbers", options: { count: 500, endless: true } }, { stage: "effects" }],
    services: { journal },
  });
  await pipeline.ready;
  while ((await client.report()).effects < 100);
  await pipeline.drain();
  const { effects } = await client.report();
  const report = await reportAt(client, effects);
  assert.equal(report.effects, effects);
  assert.equal(report.settled.done, report.effects);
  assert.equal(report.cursor, report.effects);
  await supervisor.stop();
});

Deno.test("the last calls of a pipeline that ends reach a service that is busy", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  for (let count = 20; count <= 60; count += 20) {
    const pipeline = await supervisor.pipeline({
      name: `busy-${count}`,
      // It continues where the one before ended.
      stages: [
        { stage: "numbers", options: { count } },
        { stage: "effects", options: { busyMs: 200 } },
      ],
      services: { journal },
    });
    await pipeline.done;
    assert.deepEqual((await reportAt(journal.client(), count)).settled, { done: count });
  }
  await supervisor.stop();
});

Deno.test("drain() aborts at its deadline", async () => {
  const supervisor = testSupervisor();
  const came = Promise.withResolvers<void>();
  const collect = () => {
    came.resolve();
    return new Promise(() => {});
  };
  const stuck = localHandle("collector", { collect }, ["collect"]);
  const pipeline = await supervisor.pipeline({
    name: "stuck",
    stages: [{ stage: "bytes", options: { items: [item(0)] } }, { stage: "collect" }],
    services: { collector: stuck },
  });
  await came.promise;
  await assert.rejects(pipeline.drain(20), { name: "PipelineError", code: "aborted" });
  await supervisor.stop();
});

Deno.test("a sink that settles nothing is reported as dropped when it closes", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  const pipeline = await supervisor.pipeline({
    name: "silent",
    stages: [{ stage: "numbers", options: { count: 5 } }, {
      stage: "effects",
      options: { silent: true },
    }],
    services: { journal },
  });
  await pipeline.done;
  assert.deepEqual((await reportAt(journal.client(), 5)).settled, { dropped: 5 });
  await supervisor.stop();
});

Deno.test("a sink that settles twice counts once", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  const pipeline = await supervisor.pipeline({
    name: "twice",
    stages: [{ stage: "numbers", options: { count: 5 } }, {
      stage: "effects",
      options: { twice: true },
    }],
    services: { journal },
  });
  await pipeline.done;
  const report = await reportAt(journal.client(), 5);
  assert.deepEqual([report.settled, report.settledTwice], [{ done: 5 }, 0]);
  assert.equal(pipeline.counters().effects.settled_twice, 5);
  await supervisor.stop();
});

Deno.test("tap() shows heads without bytes", async () => {
  const supervisor = testSupervisor();
  const tapped = Promise.withResolvers<void>();
  const sampled = Promise.withResolvers<void>();
  let taken = 0;
  // The flow waits for the tap, and later for what it shows: a busy machine may pass on everything in between.
  const collect = async (batch: Batch) => {
    taken += batch.length;
    await (taken < 2_000 ? tapped : sampled).promise;
  };
  const items = Array.from({ length: 4_000 }, (_, seq) => item(seq));
  const pipeline = await supervisor.pipeline({
    name: "tapped",
    stages: [{ stage: "bytes", options: { items, batch: 16 } }, { stage: "collect" }],
    services: { collector: localHandle("collector", { collect }, ["collect"]) },
  });
  const samples: Sample[] = [];
  const end = pipeline.tap((seen) => {
    samples.push(...seen);
    sampled.resolve();
  }, 5);
  await pipeline.refresh();
  tapped.resolve();
  await pipeline.done;
  end();
  await supervisor.stop();
  assert.ok(samples.length > 0);
  for (const sample of samples) {
    assert.deepEqual(Object.keys(sample).toSorted(), ["known", "seq", "sizeBytes", "stage"]);
    assert.equal(sample.stage, "bytes");
  }
});

Deno.test("a service that dies is fatal", async () => {
  const fatal = Promise.withResolvers<Fatal>();
  const supervisor = testSupervisor({ onFatal: fatal.resolve });
  const journal = await supervisor.service("journal", {});
  journal.client().crash().catch(() => {});
  const { code, exitCode } = await fatal.promise;
  assert.deepEqual([code, exitCode], ["service_died", 75]);
  await supervisor.stop();
});

Deno.test("a service that cannot start says why, and its errors keep their code", async () => {
  const supervisor = testSupervisor();
  await assert.rejects(supervisor.service("journal", { note: "refuse" }), { code: "locked" });
  await assert.rejects(supervisor.service("nothing", {}), RangeError);
  const journal = await supervisor.service("journal", {});
  await assert.rejects(journal.client().fail(), { name: "E", code: "full" });
  await supervisor.stop();
});

Deno.test("a client of a stopped service is told so", async () => {
  const supervisor = testSupervisor();
  const client = (await supervisor.service("journal", {})).client();
  await client.report();
  await supervisor.stop();
  await assert.rejects(client.report(), { code: "closed" });
});

Deno.test("stop() ends what is still starting, and nothing is started after it", async () => {
  const supervisor = testSupervisor();
  const starting = await supervisor.start("journal", {});
  const stages = [{ stage: "numbers", options: { count: 1 } }, { stage: "effects" }];
  const late = supervisor.pipeline({ name: "late", stages, services: { journal: starting } });
  const refused = assert.rejects(late, { name: "SupervisorStopped" });
  // `stop` is called before the pipeline's definitions are loaded.
  await supervisor.stop();
  await refused;
  await assert.rejects(supervisor.service("journal", {}), { name: "SupervisorStopped" });
});

Deno.test("a pipeline whose workers die without progress is given up", async () => {
  const fatal = Promise.withResolvers<Fatal>();
  const supervisor = testSupervisor({ onFatal: fatal.resolve });
  const journal = await supervisor.service("journal", {});
  // No document is set aside: the source itself fails each time.
  const pipeline = await supervisor.pipeline({
    name: "hopeless",
    stages: [
      { stage: "bytes", options: { items: [item(1), item(0)], batch: 1 } },
      { stage: "effects", options: { silent: true } },
    ],
    services: { journal },
  });
  await assert.rejects(pipeline.done, { name: "PipelineError", code: "restarts" });
  assert.equal((await fatal.promise).code, "restarts");
  await supervisor.stop();
});

Deno.test("createSupervisor() hosts the product's own stages by default", async () => {
  const supervisor = createSupervisor({ log: () => {}, deadMs: 120_000 });
  await assert.rejects(
    supervisor.pipeline({
      name: "own",
      stages: [{ stage: "kind-extractor" }, { stage: "event-verifier" }],
    }),
    { code: "bad_spec" },
  );
});

Deno.test("a worker forgets the options of its service, which may have a secret, when the service has started", async () => {
  const supervisor = testSupervisor();
  try {
    const journal = await supervisor.service("journal", {});
    const options = { secret: { text: "open sesame" } };
    const forgetful = await supervisor.service("forgetful", options, { journal });
    const client = forgetful.client() as unknown as Forgetful;
    assert.equal(await client.remembers(), false);
  } finally {
    await supervisor.stop(0);
  }
});
