/** A buyer's deadlines over restarts, and whatever the clock is set to. */
import assert from "node:assert/strict";
import { deadlineWatch } from "../../home/job_deadline.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { eventIdOf, job } from "../store/store_rows.ts";
import { patch, surroundings } from "../stages/surroundings.ts";

const NOW_MS = 1_770_000_000_000;
const HOUR_MS = 3_600_000;
const ROW = job({ createdAtMs: NOW_MS, updatedAtMs: NOW_MS, status: "paid", timeoutS: 60 });
const LATER = job({ ...ROW, jobId: "job-later", eventId: eventIdOf("1a7e7") });

/** A home whose processes start one after another. The test moves the time, and can set the clock separately. */
async function home() {
  const at = await surroundings(NOW_MS);
  await at.store.commit([{ op: "putJob", row: ROW }]);
  let passedMs = 0;
  const start = () =>
    deadlineWatch({ store: at.store, clock: () => at.nowMs, elapsedMs: () => passedMs });
  const made = {
    at,
    manager: start(),
    /** Seconds go by, with a look in each. */
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        at.nowMs += 1_000;
        passedMs += 1_000;
        await made.manager.look();
      }
    },
    async set(byMs: number) {
      at.nowMs += byMs;
      await made.manager.look();
    },
    /** The process is gone while time passes and the clock is set. */
    restart(awayMs: number, byMs = 0) {
      at.nowMs += awayMs + byMs;
      passedMs = 7;
      made.manager = start();
    },
    async status(row = ROW) {
      return (await at.store.getJob(row.jobId, "buyer"))!.status;
    },
    /** Returns after how many more seconds the job is over; fails if it takes longer than `most`. */
    async endsWithin(most: number, row = ROW): Promise<number> {
      for (let second = 0; second <= most; second++) {
        if (isEnded(await made.status(row))) return second;
        await made.pass(1);
      }
      assert.fail(`still ${await made.status(row)} after ${most} s`);
    },
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
  await made.manager.look();
  return made;
}

Deno.test("deadlineWatch() ends a job at its deadline, not a second before, as timeout", async () => {
  await using made = await home();
  await made.pass(59);
  assert.equal(await made.status(), "paid");
  await made.pass(1);
  const row = (await made.at.store.getJob(ROW.jobId, "buyer"))!;
  assert.deepEqual([row.status, row.errorCode], ["timeout", "timeout"]);
});

Deno.test("deadlineWatch() asks every three seconds while no job is open, and ends a job that came meanwhile", async () => {
  await using at = await surroundings(NOW_MS);
  let [passedMs, asked] = [0, 0];
  const watch = deadlineWatch({
    store: {
      getJob: (jobId, role) => at.store.getJob(jobId, role),
      commit: (changes) => at.store.commit(changes),
      overdueJobs: (role, nowMs, limit) => (asked++, at.store.overdueJobs(role, nowMs, limit)),
    },
    clock: () => at.nowMs,
    elapsedMs: () => passedMs,
  });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      [at.nowMs, passedMs] = [at.nowMs + 1_000, passedMs + 1_000];
      await watch.look();
    }
  };
  await pass(4);
  asked = 0;
  await pass(9);
  assert.equal(asked, 3);
  await at.store.commit([{ op: "putJob", row: { ...ROW, createdAtMs: at.nowMs, timeoutS: 1 } }]);
  await pass(3);
  assert.equal((await at.store.getJob(ROW.jobId, "buyer"))!.status, "timeout");
  await at.store.commit([{ op: "putJob", row: { ...LATER, createdAtMs: at.nowMs, timeoutS: 8 } }]);
  await pass(7);
  assert.equal((await at.store.getJob(LATER.jobId, "buyer"))!.status, "paid");
  await pass(1);
  assert.equal((await at.store.getJob(LATER.jobId, "buyer"))!.status, "timeout");
});

Deno.test("deadlineWatch() started after the deadline ends the job, after three seconds for stored answers", async () => {
  await using made = await home();
  made.restart(HOUR_MS);
  await made.pass(2);
  assert.equal(await made.status(), "paid");
  await made.pass(1);
  assert.equal(await made.status(), "timeout");
});

Deno.test("deadlineWatch() started before the deadline ends the job at it", async () => {
  await using made = await home();
  made.restart(50_000);
  assert.equal(await made.endsWithin(60), 10);
});

Deno.test("deadlineWatch() accepts a result that arrived in the moment before", async () => {
  await using made = await home();
  made.restart(HOUR_MS);
  await made.pass(2);
  await patch(made.at.store, ROW, { status: "success" });
  await made.pass(5);
  assert.equal(await made.status(), "success");
});

for (const [name, byMs] of [["an hour", HOUR_MS], ["five seconds", 5_000]] as const) {
  Deno.test(`deadlineWatch() gives a job no more time when the clock is set back by ${name} while it runs`, async () => {
    await using made = await home();
    await made.pass(20);
    await made.set(-byMs);
    assert.equal(await made.endsWithin(60), 40);
  });
}

Deno.test("deadlineWatch() judges a job that was made after the clock was set back by the clock", async () => {
  await using made = await home();
  await made.pass(20);
  await made.set(-HOUR_MS);
  const createdAtMs = made.at.nowMs;
  await made.at.store.commit([{ op: "putJob", row: { ...LATER, createdAtMs } }]);
  assert.equal(await made.endsWithin(60), 40);
  assert.equal(await made.status(LATER), "paid");
  assert.equal(await made.endsWithin(60, LATER), 20);
});

Deno.test("deadlineWatch() adds up clocks that are set back twice", async () => {
  await using made = await home();
  await made.pass(10);
  await made.set(-HOUR_MS);
  await made.pass(10);
  await made.set(-2 * HOUR_MS);
  assert.equal(await made.endsWithin(60), 40);
});

Deno.test("deadlineWatch() started with a clock that was set back uses the time of the job's last change", async () => {
  await using made = await home();
  await made.pass(30);
  await patch(made.at.store, ROW, { status: "processing", updatedAtMs: made.at.nowMs });
  made.restart(0, -24 * HOUR_MS);
  assert.equal(await made.endsWithin(60), 30);
});

Deno.test("deadlineWatch() believes a clock that is set forward", async () => {
  await using made = await home();
  await made.set(HOUR_MS);
  assert.equal(await made.status(), "timeout");
});

Deno.test("deadlineWatch() ends a job whose provider waits for another payment, and names the demanded amount", async () => {
  await using made = await home();
  const asks = "the provider asks 5 sats";
  await patch(made.at.store, ROW, {
    status: "quoted",
    errorCode: "payment_required",
    errorMessage: asks,
  });
  await made.pass(60);
  const row = (await made.at.store.getJob(ROW.jobId, "buyer"))!;
  assert.deepEqual(
    [row.status, row.errorCode, row.errorMessage],
    ["timeout", "payment_required", `${asks}; nothing was paid within 60 s`],
  );
});

Deno.test("deadlineWatch() ends a job that was paid and never posted with the reason for that", async () => {
  await using made = await home();
  const errorMessage = "event e was paid for but the relay does not show it";
  await patch(made.at.store, ROW, { status: "unknown", errorCode: "not_read_back", errorMessage });
  await made.pass(60);
  const row = (await made.at.store.getJob(ROW.jobId, "buyer"))!;
  assert.deepEqual(
    [row.status, row.errorCode, row.errorMessage],
    ["timeout", "timeout", `no result within 60 s: ${errorMessage} (not_read_back)`],
  );
});
