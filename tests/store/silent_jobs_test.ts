/** Paid jobs whose provider is silent: when they may go to another provider, and what one commit does. */
import assert from "node:assert/strict";
import type { Change, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { openWorld } from "./given.ts";
import { code } from "./store_case.ts";
import { posted } from "./store_failover.ts";

const PAID_MS = 1_700_000_100_000;

/** A job that was paid at `PAID_MS`, 20 s after it was made, with 180 s left. */
async function paid(
  store: Store,
  id: string,
  budgetUnits: bigint | null,
  more: Partial<JobRow> = {},
) {
  const row = await posted(store, { id, budgetUnits, paid: true });
  const times = { createdAtMs: PAID_MS - 20_000, timeoutS: 200, updatedAtMs: PAID_MS };
  await store.commit([{ op: "putJob", row: { ...row, ...times, ...more } }]);
  return (await store.getJob(row.jobId, "buyer"))!;
}

const replace = ({ jobId, eventId }: JobRow, nowMs: number): Change => ({
  op: "replaceSilent",
  jobId,
  eventId,
  nowMs,
  atMs: nowMs,
});

Deno.test("silentJobs() names a paid job after half of the time that was left, and none after its deadline", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await paid(store, "a01", 1_000n);
  const at = async (seconds: number) =>
    (await store.silentJobs(row.updatedAtMs + seconds * 1_000, 10)).map(({ jobId }) => jobId);
  assert.deepEqual(await at(89), []);
  assert.deepEqual(await at(90), [row.jobId]);
  assert.deepEqual(await at(179), [row.jobId]);
  assert.deepEqual(await at(180), []);
  const [found] = await store.silentJobs(row.updatedAtMs + 90_000, 10);
  assert.deepEqual([found!.eventId, found!.provider], [row.eventId, row.provider]);
});

Deno.test("silentJobs() and replaceSilent(): a free job goes on without a bid, and its provider is asked last for a day", async () => {
  await using world = await openWorld();
  const { store } = world;
  const free = { status: "posted", jobPaid: false, amountUnits: 0n } as const;
  const row = await paid(store, "a01", null, free);
  const nowMs = row.updatedAtMs + 90_000;
  assert.deepEqual(await store.silentJobs(nowMs - 1, 10), []);
  assert.equal((await store.silentJobs(nowMs, 10))[0]?.jobId, row.jobId);
  await store.commit([replace(row, nowMs)]);
  const now = (await store.getJob(row.jobId, "buyer"))!;
  assert.deepEqual([now.status, now.provider], ["created", "b".repeat(64)]);
  const [tried] = await store.attemptsOf(row.jobId);
  assert.deepEqual([tried!.code, tried!.paidUnits], ["silent", 0n]);
  const last = (await store.passedOver(0)).filter(({ provider }) => provider === row.provider);
  assert.ok(last.some(({ paid }) => paid === true));
});

Deno.test("silentJobs() gives every provider ten seconds", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await paid(store, "a01", 1_000n, { timeoutS: 34 });
  const at = async (seconds: number) =>
    (await store.silentJobs(row.updatedAtMs + seconds * 1_000, 10)).length;
  assert.deepEqual([await at(8), await at(10)], [0, 1]);
});

Deno.test("silentJobs() names no job of which something was heard, that is not paid, or that nobody else may do", async () => {
  await using world = await openWorld();
  const { store } = world;
  await paid(store, "b01", null);
  // Two writes of 100, the 50 that were paid, and the 60 of the next provider.
  await paid(store, "b02", 309n);
  await paid(store, "b03", 1_000n, { status: "processing" });
  await paid(store, "b04", 1_000n, { status: "posted", jobPaid: false });
  const printed = await paid(store, "b05", 1_000n);
  await store.commit([{
    op: "addJobLog",
    row: {
      jobId: printed.jobId,
      role: "buyer",
      offset: 0,
      sizeBytes: 1,
      deflated: new Uint8Array([3, 0]),
    },
  }]);
  const metered = await paid(store, "b06", 1_000n);
  await store.commit([{
    op: "putMeter",
    row: {
      eventId: metered.eventId,
      role: "buyer",
      party: "a".repeat(64),
      incrementUnits: 50n,
      seconds: 15,
      kib: 0,
      most: 4,
      paid: 2,
      paidAtMs: PAID_MS,
      sinceMs: PAID_MS,
      usedMs: 0,
      usedBytes: 0,
      fromByte: 0,
      turns: 0,
      pausedAtMs: null,
      state: "open",
      atMs: PAID_MS,
    },
  }]);
  const covered = await paid(store, "b07", 310n);
  const found = await store.silentJobs(PAID_MS + 100_000, 10);
  assert.deepEqual(found.map(({ jobId }) => jobId), [covered.jobId]);
});

Deno.test("silentJobs() counts only jobs that another provider may do", async () => {
  await using world = await openWorld();
  const { store } = world;
  const [before, later] = [PAID_MS - 1_000, PAID_MS];
  // Two that are longer silent, and that nobody else may do for their bid.
  await paid(store, "c01", 309n, { updatedAtMs: before });
  await paid(store, "c02", 309n, { updatedAtMs: before });
  const covered = [
    await paid(store, "c03", 1_000n, { updatedAtMs: later }),
    await paid(store, "c04", 1_000n, { updatedAtMs: later + 1_000 }),
  ];
  const found = await store.silentJobs(PAID_MS + 100_000, 1);
  assert.deepEqual(found.map(({ jobId }) => jobId), [covered[0].jobId]);
});

Deno.test("replaceSilent() hands the job on in one commit, and counts what the silent provider was paid", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await paid(store, "a01", 1_000n);
  const nowMs = row.updatedAtMs + 90_000;
  await store.commit([replace(row, nowMs)]);
  const now = (await store.getJob(row.jobId, "buyer"))!;
  assert.deepEqual([now.status, now.jobPaid, now.provider], ["created", false, "b".repeat(64)]);
  assert.notEqual(now.eventId, row.eventId);
  const [tried] = await store.attemptsOf(row.jobId);
  assert.deepEqual([tried!.code, tried!.paidUnits, tried!.provider], ["silent", 50n, row.provider]);
  assert.deepEqual(
    (await store.pendingOutbox(0, 10, 0)).map(({ purpose, amountUnits }) => [purpose, amountUnits]),
    [["write", null], ["job", 60n]],
  );
  const [passed] = await store.passedOver(0);
  assert.equal(passed!.provider, row.provider);
  const [failed] = await store.failedAttempts(10);
  assert.deepEqual([failed!.code, failed!.provider], ["silent", row.provider]);
  await assert.rejects(store.commit([replace(row, nowMs)]), code("conflict"), "only once");
});

Deno.test("replaceSilent() changes nothing if the provider has answered, or if the time has not come", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await paid(store, "a01", 1_000n);
  const early = replace(row, row.updatedAtMs + 89_000);
  await assert.rejects(store.commit([early]), code("conflict"));
  const { jobId } = row;
  await store.commit([
    { op: "patchJob", jobId, role: "buyer", patch: { status: "processing" } },
  ]);
  await assert.rejects(store.commit([replace(row, row.updatedAtMs + 90_000)]), code("conflict"));
  assert.equal((await store.getJob(jobId, "buyer"))!.provider, row.provider);
  assert.deepEqual(await store.attemptsOf(jobId), []);
});
