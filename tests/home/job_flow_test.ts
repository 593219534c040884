import assert from "node:assert/strict";
import { awaitJob, endOverdue } from "../../home/job_deadline.ts";
import { answersSinceS } from "../../home/job_flow.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";
import { parseRequirements, requirementsOfJob } from "../../market/requirement.ts";
import { rowsOf } from "../../market/job_rows.ts";
import type { JobRow } from "../../store/job_row.ts";
import { StoreError } from "../../store/store_error.ts";
import { job } from "../store/store_rows.ts";
import { patch, surroundings } from "../stages/surroundings.ts";

const NOW_MS = 1_770_000_000_000;
const ROW = job({ createdAtMs: NOW_MS, updatedAtMs: NOW_MS, status: "paid", timeoutS: 60 });
const DEADLINE_MS = NOW_MS + 60_000;
const never = new AbortController().signal;

Deno.test("endOverdue() ends a job at its deadline, not before, and never one that ended", async (t) => {
  const cases: readonly (readonly [string, JobRow["status"], number, JobRow["status"]])[] = [
    ["one moment before", "paid", DEADLINE_MS - 1, "paid"],
    ["at the deadline", "paid", DEADLINE_MS, "timeout"],
    ["of unknown fate", "unknown", DEADLINE_MS, "timeout"],
    ["a success", "success", DEADLINE_MS, "success"],
    ["cancelled", "cancelled", DEADLINE_MS, "cancelled"],
  ];
  for (const [name, status, nowMs, expected] of cases) {
    await t.step(name, async () => {
      await using at = await surroundings(NOW_MS);
      await at.store.commit([{ op: "putJob", row: { ...ROW, status } }]);
      assert.equal((await endOverdue(at.store, ROW.jobId, nowMs))!.status, expected);
    });
  }
  await t.step("unknown here", async () => {
    await using at = await surroundings(NOW_MS);
    assert.equal(await endOverdue(at.store, "job-none", DEADLINE_MS), null);
  });
});

Deno.test("endOverdue() lets a result count that comes in between, and passes other failures on", async () => {
  await using at = await surroundings(NOW_MS);
  await at.store.commit([{ op: "putJob", row: ROW }]);
  const racing = {
    getJob: at.store.getJob,
    commit: async (changes: Parameters<typeof at.store.commit>[0]) => {
      await patch(at.store, ROW, { status: "success" });
      await at.store.commit(changes);
    },
  };
  assert.equal((await endOverdue(racing, ROW.jobId, DEADLINE_MS))!.status, "success");
  const other = job({ ...ROW, jobId: "job-other", eventId: "8".repeat(64) });
  await at.store.commit([{ op: "putJob", row: other }]);
  const failing = {
    getJob: at.store.getJob,
    commit: () => Promise.reject(new StoreError("io", "gone")),
  };
  await assert.rejects(() => endOverdue(failing, "job-other", DEADLINE_MS), { code: "io" });
});

Deno.test("awaitJob() reports every change and returns the row when the job is over", async () => {
  await using at = await surroundings(NOW_MS);
  await at.store.commit([{ op: "putJob", row: ROW }]);
  const told: string[] = [];
  const ended = awaitJob(at, ROW.jobId, never, undefined, (row) => {
    told.push(row.status);
    void patch(at.store, ROW, { status: row.status === "processing" ? "success" : "processing" })
      .catch(() => {});
  }, () => at.nowMs);
  // The same millisecond twice: the store raises `updatedAtMs` by one.
  await patch(at.store, ROW, { status: "processing", updatedAtMs: NOW_MS });
  assert.equal((await ended).status, "success");
  assert.deepEqual(told, ["processing", "success"]);
});

Deno.test("awaitJob() times out a job at its deadline, and one that was overdue at the start after GRACE_MS", async () => {
  for (const startMs of [NOW_MS, DEADLINE_MS + 3_600_000]) {
    await using at = await surroundings(startMs);
    await at.store.commit([{ op: "putJob", row: ROW }]);
    let watched = 0;
    const store = {
      ...at.store,
      // Waiting is the clock's step here.
      watchJob: (...[id, role, , waitMs]: Parameters<typeof at.store.watchJob>) => {
        watched++;
        at.nowMs += waitMs;
        return at.store.getJob(id, role);
      },
    };
    const row = await awaitJob({ store }, ROW.jobId, never, undefined, undefined, () => at.nowMs);
    assert.deepEqual([row.status, row.errorCode], ["timeout", "timeout"]);
    assert.ok(watched > 0, "what the relay has stored had a moment to come in");
    assert.ok(at.nowMs - startMs <= (startMs === NOW_MS ? 60_250 : 3_250));
  }
});

Deno.test("awaitJob() does not read the store while nothing changes", async () => {
  await using at = await surroundings(NOW_MS);
  await at.store.commit([{ op: "putJob", row: ROW }]);
  let asked = 0;
  const store = {
    ...at.store,
    watchJob: (...[id, role, , waitMs]: Parameters<typeof at.store.watchJob>) => {
      asked++;
      at.nowMs += waitMs;
      return at.store.getJob(id, role);
    },
  };
  await awaitJob({ store }, ROW.jobId, never, undefined, undefined, () => at.nowMs);
  assert.ok(asked <= 20, `asked ${asked} times in the job's minute`);
});

Deno.test("awaitJob() stops with the signal's reason and leaves the job, and refuses one that is not there", async () => {
  await using at = await surroundings(NOW_MS);
  await at.store.commit([{ op: "putJob", row: ROW }]);
  const abort = new AbortController();
  const waiting = awaitJob(at, ROW.jobId, abort.signal, undefined, undefined, () => at.nowMs);
  abort.abort(new Error("Ctrl-C"));
  await assert.rejects(waiting, /Ctrl-C/);
  assert.equal((await at.store.getJob(ROW.jobId, "buyer"))!.status, "paid");
  await assert.rejects(() => awaitJob(at, "job-none", never), RangeError);
});

Deno.test("rowsOf() makes a write, and a payment of the same request only if there is a price", () => {
  const built = {
    request: { kind: 5600 },
    eventId: "e".repeat(64),
    kind: 5600,
    sizeBytes: 500,
    notes: [],
  };
  const planned = (priceUnits: bigint) => ({
    built: built as never,
    provider: "c".repeat(64) as Pubkey,
    payTo: "test.provider",
    priceUnits,
    writeUnits: 5_000n,
    limits: {},
    candidates: [],
  });
  const terms = { type: "echo", timeoutS: 60, bidUnits: null, callbackSkill: null };
  const make = (priceUnits: bigint) =>
    rowsOf(BASE_SEPOLIA, "b".repeat(64) as Pubkey, "job-1", planned(priceUnits), terms, NOW_MS);
  const { row, outbox } = make(700n);
  assert.deepEqual([row.status, row.jobPaid, row.amountUnits], ["created", false, 700n]);
  assert.deepEqual(
    outbox.map(({ purpose, destination, amountUnits }) => [purpose, destination, amountUnits]),
    [
      ["write", BASE_SEPOLIA.relay?.ilpAddress ?? "", null],
      ["job", "test.provider", 700n],
    ],
  );
  assert.deepEqual(outbox[0].event, outbox[1].event);
  assert.equal(make(700n).schemas, null);
  const schemas = [{ provider: "c".repeat(64), schema: "{}" }];
  const announced = { ...planned(0n), resultSchemas: schemas };
  assert.deepEqual(
    rowsOf(BASE_SEPOLIA, "b".repeat(64) as Pubkey, "job-1", announced, terms, NOW_MS).schemas,
    { op: "putResultSchemas", jobId: "job-1", schemas },
  );
  assert.deepEqual(make(0n).outbox.map(({ purpose }) => purpose), ["write"]);
  assert.equal(make(0n).requirements, null);
  const wanted = parseRequirements("arch=amd64,disk>=2000T");
  const { requirements } = rowsOf(
    BASE_SEPOLIA,
    "b".repeat(64) as Pubkey,
    "job-1",
    planned(0n),
    { ...terms, requirements: wanted },
    NOW_MS,
  );
  assert.deepEqual([requirements!.op, requirements!.jobId], ["putRequirements", "job-1"]);
  assert.deepEqual(requirementsOfJob(requirements!.requirements), wanted);
  assert.deepEqual(requirementsOfJob(null), []);
});

Deno.test("answersSinceS() goes back to the oldest job that is open, and no further", async () => {
  await using at = await surroundings(NOW_MS);
  const nowS = NOW_MS / 1_000;
  assert.equal(await answersSinceS(at.store, NOW_MS), nowS - 300);
  const old = (id: string, agoS: number, over: Partial<JobRow> = {}) => ({
    op: "putJob" as const,
    row: job({
      jobId: id,
      eventId: id.padEnd(64, "0"),
      status: "paid",
      createdAtMs: NOW_MS - (agoS + 5) * 1_000,
      updatedAtMs: NOW_MS - agoS * 1_000,
      ...over,
    }),
  });
  await at.store.commit([
    old("a", 7_200),
    old("b", 3_600),
    old("c", 86_400, { status: "success" }),
    old("d", 86_400, { role: "provider" }),
  ]);
  assert.equal(await answersSinceS(at.store, NOW_MS), nowS - 7_200 - 300);
});
