/** What the dashboard reads of a home: the newest jobs at each look, and the older ones once a second or where an entry names them. */
import assert from "node:assert/strict";
import { homeLooks } from "../../../commands/dashboard/read_home.ts";
import type { Change, Store } from "../../../store/store.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";

const JOBS = 60;
/** Everything is in view. */
const seen = { newest: 24, older: true };

/** The jobs of the store, of which the first is the oldest. */
const jobIdOf = (i: number) => `job-${eventIdOf(i.toString(16).padStart(7, "0")).slice(0, 7)}`;

const putJob = (i: number): Change => ({
  op: "putJob",
  row: job({
    eventId: eventIdOf(i.toString(16).padStart(7, "0")),
    jobId: jobIdOf(i),
    status: "processing",
    createdAtMs: i + 1,
    updatedAtMs: i + 1,
  }),
});

const ended = (i: number): Change => ({
  op: "patchJob",
  jobId: jobIdOf(i),
  role: "buyer",
  patch: { status: "success", updatedAtMs: 1_000 },
});

/** A home of {@link JOBS} jobs that process, its looks, and how many jobs each look asked the store for. */
async function looking() {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: () => 0, journal: true });
  await store.commit(Array.from({ length: JOBS }, (_, i) => putJob(i)));
  const time = { nowMs: 0 };
  const asked: number[] = [];
  const counting: Store = {
    ...store,
    listJobs(filter) {
      asked.push(filter.limit ?? 0);
      return store.listJobs(filter);
    },
  };
  return {
    store,
    time,
    asked,
    looks: homeLooks(counting, 10, () => time.nowMs),
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("homeLooks() reads the totals and the newest jobs each time, an older one where it is named, and all once a second", async () => {
  await using at = await looking();
  const { store, time, asked, looks } = at;
  const statusOf = (jobs: readonly { jobId: string; status: string }[], i: number) =>
    jobs.find(({ jobId }) => jobId === jobIdOf(i))?.status;

  const first = await looks([], seen);
  assert.equal(first.whole, true);
  assert.equal(first.look.jobs.length, JOBS);
  assert.deepEqual(first.look.counts, { processing: JOBS });

  await store.commit([putJob(JOBS), ended(0), ended(1), ended(JOBS - 1)]);
  time.nowMs = 500;
  const second = await looks([jobIdOf(1)], seen);
  assert.equal(second.whole, false);
  assert.deepEqual(second.look.counts, { processing: JOBS - 2, success: 3 }, "as the rows");
  assert.equal(second.look.jobs.length, JOBS + 1);
  assert.deepEqual(
    second.look.jobs.map(({ jobId }) => jobId),
    Array.from({ length: JOBS + 1 }, (_, i) => jobIdOf(JOBS - i)),
    "the newest first, none twice",
  );
  assert.equal(statusOf(second.look.jobs, JOBS - 1), "success", "among the newest");
  assert.equal(statusOf(second.look.jobs, 1), "success", "named");
  assert.equal(second.fresh.get(jobIdOf(1))?.status, "success");
  assert.equal(statusOf(second.look.jobs, 0), "processing", "neither: read within a second");
  assert.equal(second.fresh.has(jobIdOf(0)), false, "no line is made of an old row");

  time.nowMs = 1_000;
  const third = await looks([], seen);
  assert.equal(third.whole, true);
  assert.equal(statusOf(third.look.jobs, 0), "success");
  assert.deepEqual(third.look.counts, { processing: JOBS - 2, success: 3 });
  assert.deepEqual(asked, [200, 24, 200]);
});

Deno.test("homeLooks() reads only the newest jobs while no older one is in view, and all once the changes have ended", async () => {
  await using at = await looking();
  const { store, time, asked, looks } = at;
  const top = { newest: 10, older: false };
  await looks([], top);
  for (let at = 0; at < 3; at++) {
    time.nowMs += 2_000;
    await store.commit([putJob(JOBS + at), ended(at)]);
    const { look, whole } = await looks([jobIdOf(JOBS + at)], top);
    assert.equal(whole, false, "so it is asked again");
    assert.deepEqual(
      look.jobs.slice(0, 10).map(({ jobId }) => jobId),
      Array.from({ length: 10 }, (_, i) => jobIdOf(JOBS + at - i)),
    );
    assert.deepEqual(look.counts, { processing: JOBS, success: at + 1 });
  }
  time.nowMs += 1_000;
  const quiet = await looks([], top);
  assert.equal(quiet.whole, true);
  assert.equal(quiet.look.jobs.find(({ jobId }) => jobId === jobIdOf(2))?.status, "success");
  time.nowMs += 1_000;
  await looks([jobIdOf(0)], { newest: 10, older: true });
  assert.deepEqual(asked, [200, 10, 10, 10, 200, 200]);
  await store.commit([ended(5)]);
  await looks([jobIdOf(5)], top);
  const back = await looks([jobIdOf(0)], { newest: 10, older: true });
  assert.equal(
    back.look.jobs.find(({ jobId }) => jobId === jobIdOf(5))?.status,
    "success",
    "what was not in view is read again when it comes into view",
  );
  assert.deepEqual(asked.slice(6), [10, 200]);
});

Deno.test("homeLooks() keeps both rows of a job that this home sells to itself, also where one is the last that is read", async () => {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: () => 0, journal: true });
  try {
    const both = (i: number) => {
      const change = putJob(i) as Extract<Change, { op: "putJob" }>;
      return [change, { ...change, row: { ...change.row, role: "provider" as const } }];
    };
    await store.commit(Array.from({ length: 6 }, (_, i) => both(i)).flat());
    const all = Array.from({ length: 12 }, (_, at) => jobIdOf(5 - Math.floor(at / 2)));
    for (const newest of [1, 2, 3, 4]) {
      const looks = homeLooks(store, 10, () => 0);
      const whole = await looks([], { newest, older: true });
      assert.deepEqual(whole.look.jobs.map(({ jobId }) => jobId), all);
      const part = await looks([jobIdOf(0)], { newest, older: true });
      assert.equal(part.whole, false);
      const names = (jobs: typeof whole.look.jobs) =>
        jobs.map(({ jobId, role }) => `${jobId} ${role}`).sort();
      assert.deepEqual(names(part.look.jobs), names(whole.look.jobs), `${newest} read`);
      assert.deepEqual(part.look.jobs.map(({ jobId }) => jobId), all, "the newest first");
    }
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
