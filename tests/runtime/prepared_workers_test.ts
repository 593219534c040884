/** Workers that a pipeline finds started: who gets them, and that they end without it. */
import assert from "node:assert/strict";
import { Heartbeat } from "../../runtime/heartbeat.ts";
import { workerPermissions } from "../../runtime/permissions.ts";
import { loadEarly } from "../../runtime/worker_host.ts";
import { WorkerLeases } from "../../runtime/worker_leases.ts";
import type { ToWorker } from "../../runtime/worker_messages.ts";
import type { StageDefinition } from "../../stages/stage.ts";
import { reportAt } from "./stages/journal.ts";
import { listing } from "./supervised.ts";

const STAGES = [{ stage: "numbers", options: { count: 20 } }, { stage: "effects" }];

for (
  const { isolate, before, after } of [
    { isolate: false, before: ["one/0-numbers"], after: ["one/0-numbers", "journal"] },
    { isolate: true, before: [], after: ["journal", "one/0-numbers", "one/1-effects"] },
  ]
) {
  Deno.test(`a pipeline works in the workers that were prepared for it, isolate ${isolate}`, async () => {
    const { names, supervisor } = listing({ isolate });
    await supervisor.prepare({ name: "one", stages: STAGES }, ["counter", "no such name"]);
    assert.deepEqual(names, before);
    const journal = await supervisor.service("journal", {});
    const services = { journal };
    const pipeline = await supervisor.pipeline({ name: "one", stages: STAGES, services });
    await pipeline.done;
    assert.deepEqual((await reportAt(journal.client(), 20)).settled, { done: 20 });
    assert.deepEqual(names, after);
    await supervisor.stop();
  });
}

Deno.test("prepare() is refused after the supervisor was stopped", async () => {
  const { supervisor } = listing();
  await supervisor.stop();
  await assert.rejects(supervisor.prepare({ name: "one", stages: STAGES }, []), {
    name: "SupervisorStopped",
  });
});

Deno.test("a supervisor that stops ends prepared workers too", async () => {
  const { names, supervisor } = listing();
  await supervisor.prepare({ name: "one", stages: STAGES }, []);
  assert.deepEqual(names, ["one/0-numbers"]);
  // A worker that stays would keep its pings, which the test would find.
  await supervisor.stop();
});

/** Leases of workers that say nothing; what each was told. */
function silent() {
  const workers: { readonly told: ToWorker[]; terminated: boolean }[] = [];
  const leases = new WorkerLeases({
    spawn: () => {
      const worker = {
        told: [] as ToWorker[],
        terminated: false,
        postMessage: (message: ToWorker) => void worker.told.push(message),
        terminate: () => worker.terminated = true,
      };
      workers.push(worker);
      return worker as unknown as Worker;
    },
    heartbeat: new Heartbeat({ pingMs: 1e9, deadMs: 1e9, startMs: 1e9 }, () => 0, () => undefined),
    nowMs: () => 0,
    groupOf: (stage) => stage,
  });
  return { workers, leases };
}

Deno.test("WorkerLeases prepares one worker of a kind, and ends it if nobody took it", async () => {
  const { workers, leases } = silent();
  const kind = { units: ["one"], stages: ["skill-sink"], permissions: workerPermissions({}) };
  leases.prepare(kind, ["skill-sink"]);
  leases.prepare(kind, ["more"]);
  assert.deepEqual(workers.map(({ told }) => told), [[
    { type: "load", names: ["skill-sink"] },
    { type: "load", names: ["more"] },
  ]]);
  await leases.endUnused();
  assert.ok(workers[0].terminated);
  const lease = leases.take({
    ...kind,
    shared: true,
    onMessage: () => undefined,
    onDeath: () => undefined,
  });
  assert.equal(workers.length, 2, "an ended worker is not given to anybody");
  await leases.endUnused();
  assert.ok(!workers[1].terminated, "a worker that somebody holds stays");
  await lease.stop();
});

Deno.test("loadEarly() loads what the tables have, and leaves a failure to the unit", async () => {
  const loaded: string[] = [];
  const load = (name: string) => () => {
    loaded.push(name);
    return Promise.reject(new Error("damaged"));
  };
  const tables = {
    stages: { one: load("stage") },
    services: { two: load("service"), one: load("service of the same name") },
    locals: { three: load("local") },
  };
  loadEarly(tables, ["one", "three", "toString"]);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(loaded, ["stage", "service of the same name", "local"]);
});

Deno.test("loadEarly() also loads what a stage imports only where it runs", async () => {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const stage = { load: () => Promise.resolve(resolve()) } as unknown as StageDefinition;
  const tables = { stages: { one: () => Promise.resolve(stage) }, services: {}, locals: {} };
  loadEarly(tables, ["one"]);
  await done;
});
