import assert from "node:assert/strict";
import { formatUnits, M2M } from "../../protocols/ilp/asset.ts";
import type { OpenStore } from "../../store/store.ts";
import { StoreError } from "../../store/store_error.ts";
import { skillSink } from "../../stages/skill_sink.ts";
import { definition } from "../../stages/skill_sink_definition.ts";
import { BUYER, PROVIDER } from "../market/market.ts";
import { until } from "../until.ts";
import { stageContract } from "./stage_contract.ts";
import { sharedStore } from "./surroundings.ts";
import {
  answer,
  asked,
  BOUGHT,
  bytes,
  item,
  OPTIONS,
  published,
  ran,
  rig,
  RUN,
  runnerOf,
  SUCCESS,
  TO_RUN,
} from "./skill_sink_rig.ts";

Deno.test("skillSink() runs an accepted job and commits job, result and mark at once", async () => {
  await using rigged = await rig([TO_RUN], {
    async run(job) {
      assert.equal(job.attempt, 1);
      assert.deepEqual(await published(at), []);
      assert.equal((await ran(at))!.status, "processing");
      return SUCCESS;
    },
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "done", detail: "success" }]);
  await writer.close();
  const row = await ran(at);
  assert.deepEqual([row!.status, row!.exitCode, row!.attempt], ["success", 0, 1]);
  assert.deepEqual(await published(at), ["6600"]);
  assert.deepEqual(await at.store.seen([asked.id]), { [asked.id]: "success" });
});

Deno.test("skillSink() runs a job that arrives twice once, and publishes its result once", async () => {
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  await using rigged = await rig([TO_RUN], {
    async run() {
      runs++;
      await gate.promise;
      return SUCCESS;
    },
  });
  const { at, writer, sink } = rigged;
  await writer.write([item(1, RUN), item(2, RUN)]);
  gate.resolve();
  assert.deepEqual((await at.untilSettled(2)).map(({ detail }) => detail), ["success", "success"]);
  // The sink died after the commit, before it settled: the job goes to another sink.
  await sink().write([item(3, RUN)]);
  assert.equal((await at.untilSettled(3))[2].detail, "ended before");
  assert.equal(runs, 1);
  assert.deepEqual(await published(at), ["6600"]);
});

Deno.test("skillSink() runs an interrupted job again with a higher attempt, and settles nothing before", async () => {
  const started = Promise.withResolvers<void>();
  let runs = 0;
  await using rigged = await rig([TO_RUN], {
    run(_job, _document, signal) {
      if (++runs > 1) return Promise.resolve(SUCCESS);
      started.resolve();
      return new Promise((resolve) =>
        signal.addEventListener(
          "abort",
          () => resolve({ ...SUCCESS, status: "error", errorCode: "cancelled", result: null }),
        )
      );
    },
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  await started.promise;
  at.abort.abort();
  await writer.close();
  assert.deepEqual(at.settled, []);
  assert.deepEqual([(await ran(at))!.status, (await ran(at))!.attempt], ["processing", 1]);
  const again = skillSink(OPTIONS, {
    store: at.store,
    skills: runnerOf(at.store, {}),
  }, { ...at.context, signal: new AbortController().signal }).getWriter();
  await again.write([item(2, RUN)]);
  await at.untilSettled(1);
  assert.deepEqual([(await ran(at))!.status, (await ran(at))!.attempt], ["success", 2]);
  assert.deepEqual(await published(at), ["6600"]);
});

Deno.test("skillSink() stops the run of a job that its buyer cancels, tells what is kept, and publishes no result", async () => {
  const started = Promise.withResolvers<void>();
  await using rigged = await rig([{ ...TO_RUN, jobPaid: true }], {
    run: (_job, _document, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(SUCCESS), { once: true });
        started.resolve();
      }),
  }, { asset: M2M });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  await started.promise;
  const deletion = { id: "d".repeat(64), kind: 5, route: "cancel", job_id: TO_RUN.jobId };
  await writer.write([item(2, deletion)]);
  assert.deepEqual((await at.untilSettled(2)).map(({ detail }) => detail).sort(), [
    "cancelled",
    "cancelled",
  ]);
  await writer.write([item(3, { ...deletion, id: "e".repeat(64) })]);
  await at.untilSettled(3);
  await writer.close();
  const row = (await ran(at))!;
  assert.deepEqual([row.status, row.errorCode, row.result], ["cancelled", "cancelled", null]);
  assert.match(row.errorMessage!, new RegExp(`${formatUnits(TO_RUN.amountUnits, M2M)} were paid`));
  assert.deepEqual(await published(at), ["7000 error"]);
  assert.deepEqual(await at.store.runnableJobs([], 9, 0), []);
});

Deno.test("skillSink() runs no job that was cancelled before its turn, and keeps no result that came in the same moment", async () => {
  await using rigged = await rig([TO_RUN], {
    async run() {
      const patch = { status: "cancelled" } as const;
      const { jobId } = TO_RUN;
      await rigged.at.store.commit([{ op: "patchJob", jobId, role: "provider", patch }]);
      return SUCCESS;
    },
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  assert.deepEqual((await at.untilSettled(1))[0].detail, "ended before");
  await writer.write([item(2, { ...RUN, id: "9".repeat(64) })]);
  assert.deepEqual((await at.untilSettled(2))[1].detail, "ended before");
  await writer.close();
  assert.equal((await ran(at))!.status, "cancelled");
  assert.deepEqual(await published(at), []);
});

Deno.test("skillSink() keeps a partial answer as the job's answer, and does not run it again", async () => {
  await using rigged = await rig([TO_RUN], {
    run: () => Promise.resolve({ ...SUCCESS, status: "partial" }),
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  await at.untilSettled(1);
  assert.equal((await ran(at))!.status, "partial");
  assert.deepEqual(await at.store.runnableJobs([], 9, 0), []);
});

Deno.test("skillSink() reads again when its commit has a conflict, and fails if the conflicts do not end", async () => {
  await using rigged = await rig([BOUGHT]);
  const { at, sink } = rigged;
  let conflicts = 0;
  const failing = (times: number): OpenStore => ({
    ...at.store,
    commit: (changes) =>
      conflicts++ < times
        ? Promise.reject(new StoreError("conflict", "changed meanwhile"))
        : at.store.commit(changes),
  });
  const writer = sink(failing(1));
  await writer.write([answer(1, "result")]);
  assert.equal((await at.untilSettled(1))[0].outcome, "done");
  conflicts = 0;
  const broken = sink(failing(Infinity));
  await broken.write([answer(2, "feedback", { status: "processing" })]).catch(() => {});
  await assert.rejects(broken.closed, { code: "conflict" });
});

Deno.test("skillSink() errors when an outcome cannot be made durable, and settles nothing", async () => {
  await using rigged = await rig([TO_RUN]);
  const { at, sink } = rigged;
  const store: OpenStore = {
    ...at.store,
    commit: () => Promise.reject(new StoreError("io", "the disk failed")),
  };
  const writer = sink(store);
  await writer.write([item(1, RUN)]).catch(() => {});
  await assert.rejects(writer.closed, { code: "io" });
  assert.deepEqual(at.settled, []);
});

Deno.test("skillSink() gives skills no more jobs at once than its concurrency, and closes when all have ended", async () => {
  const gate = Promise.withResolvers<void>();
  let now = 0;
  let most = 0;
  await using rigged = await rig([], {
    async answer() {
      most = Math.max(most, ++now);
      await gate.promise;
      now--;
      return null;
    },
  });
  const { at, writer } = rigged;
  const items = Array.from(
    { length: 9 },
    (_, n) => item(n, { id: `${n}`, kind: 1111, route: "message" }),
  );
  const closed = writer.write(items).then(() => writer.close());
  await until(() => most >= 2);
  // One turn of the event loop runs whatever does not wait.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(most, 2);
  gate.resolve();
  await closed;
  assert.equal(at.settled.length, 9);
  assert.equal(most, 2);
});

const contractStore = await sharedStore();
stageContract(definition, {
  options: OPTIONS,
  services: () => ({
    store: contractStore,
    skills: { ...runnerOf(contractStore, {}) },
  }),
  cases: [{
    name: "a request that waits, one for nobody, an answer whose job is gone",
    items: [
      { bytes, known: { id: asked.id, kind: 5600, route: "request", free: "no" } },
      { bytes, known: { id: BUYER, kind: 1, route: "unknown" } },
      { bytes, known: { id: PROVIDER, kind: 6600, route: "result", job_id: "job-gone" } },
    ],
    outcomes: ["done", "done", "failed"],
  }],
});
