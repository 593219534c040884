/** Which providers a store does not trust, by the jobs that it has. */
import assert from "node:assert/strict";
import { FAILING, isFailing } from "../../store/failing.ts";
import type { JobRow } from "../../store/job_row.ts";
import { coveredUnits, strangerPart } from "../../store/stranger_part.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { OpenStore } from "../../store/store.ts";
import { job, outgoing } from "./store_rows.ts";

const ALICE = "a".repeat(64);
const BOB = "b".repeat(64);
const DAY_MS = 86_400_000;
const NOW_MS = 20_000 * DAY_MS;

async function withStore(run: (store: OpenStore) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: () => NOW_MS });
  try {
    await run(store);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

let made = 0;
const PAID = { provider: ALICE, jobPaid: true, amountUnits: 100n } as const;
/** Stores a job that ended a number of hours ago. */
async function ended(store: OpenStore, row: Partial<JobRow>, hoursAgo = 1): Promise<string> {
  const jobId = `job-${String(made++).padStart(7, "0")}`;
  const createdAtMs = NOW_MS - hoursAgo * 3_600_000;
  const eventId = String(made).padStart(64, "0");
  const of = { ...PAID, jobId, eventId, createdAtMs, updatedAtMs: createdAtMs };
  await store.commit([{ op: "putJob", row: job({ ...of, ...row }) }]);
  return jobId;
}

const distrustOf = async (store: OpenStore, provider = ALICE) =>
  (await store.budgets({ jobs: [], providers: [provider], nowMs: NOW_MS })).histories[provider]
    .distrust;
const recordOf = async (store: OpenStore) => {
  const { jobs, failed, units, failedUnits } = await store.providerRecord(ALICE, NOW_MS);
  return [jobs, failed, units, failedUnits];
};

const FAILED: readonly Partial<JobRow>[] = [
  { status: "timeout", errorCode: "silent" },
  { status: "error", errorCode: "busy" },
  { status: "error", errorCode: "bad_result", exitCode: 1, resultEventId: "2".repeat(64) },
];
/** Runs that failed: they are results, also where the provider stopped them at a limit. */
const RAN: readonly Partial<JobRow>[] = [
  { status: "error", errorCode: "exit_code", exitCode: 1 },
  { status: "error", errorCode: "timeout", exitCode: 137 },
  { status: "error", errorCode: "memory", exitCode: 137 },
];
const UNCOUNTED: readonly Partial<JobRow>[] = [
  { status: "timeout", jobPaid: false },
  { status: "refused", jobPaid: false, errorCode: "T03" },
  { status: "cancelled" },
  { status: "error", errorCode: "increment_unpaid" },
  { status: "error", errorCode: "paused_too_long" },
  { status: "error", provider: BOB },
  { status: "error", role: "provider" },
  { status: "processing" },
];

Deno.test("a provider is failing from its third paid job without a result on, and results end that", () =>
  withStore(async (store) => {
    for (const row of FAILED) {
      assert.equal(await distrustOf(store), undefined);
      await ended(store, row, 2);
    }
    assert.equal(await distrustOf(store), "failing");
    assert.equal(await distrustOf(store, BOB), undefined);
    for (const row of RAN) await ended(store, row);
    assert.equal(await distrustOf(store), "failing");
    await ended(store, { status: "success" });
    assert.equal(await distrustOf(store), undefined);
    assert.deepEqual(await recordOf(store), [7, 3, 700n, 300n]);
  }));

Deno.test("jobs that were not paid, or that their buyer ended, are held against nobody", () =>
  withStore(async (store) => {
    for (let times = 0; times < FAILING.failures; times++) {
      for (const row of UNCOUNTED) await ended(store, row);
    }
    assert.equal(await distrustOf(store), undefined);
    assert.deepEqual(await recordOf(store), [0, 0, 0n, 0n]);
  }));

Deno.test("only the last ten jobs of thirty days count, whatever came before", () =>
  withStore(async (store) => {
    for (let old = 0; old < 5; old++) await ended(store, FAILED[0], 24 * FAILING.days);
    assert.deepEqual(await recordOf(store), [0, 0, 0n, 0n]);
    for (let bad = 0; bad < 4; bad++) await ended(store, FAILED[0], 50 - bad);
    assert.equal(await distrustOf(store), "failing");
    for (let good = 0; good < 8; good++) await ended(store, { status: "success" }, 40 - good);
    assert.deepEqual(await recordOf(store), [10, 2, 1_000n, 200n]);
    assert.equal(await distrustOf(store), undefined);
  }));

for (const [units, distrust] of [[233n, undefined], [234n, "failing"]] as const) {
  Deno.test(`three of ten jobs for ${units} units each, and seven for 100: ${distrust ?? "trusted"}`, () =>
    withStore(async (store) => {
      for (let good = 0; good < 7; good++) await ended(store, { status: "success" });
      for (let bad = 0; bad < 3; bad++) await ended(store, { ...FAILED[0], amountUnits: units });
      assert.equal(await distrustOf(store), distrust);
    }));
}

Deno.test("what a failing provider is paid before a result counts as paid to a stranger, whatever it delivered", () =>
  withStore(async (store) => {
    let nonce = 1;
    const pay = async (jobId: string, amount: bigint) => {
      const about = { jobId, provider: ALICE, kind: null, bytes: null };
      const row = outgoing({ nonce: nonce++, amount, obligation: `job:${jobId}`, about });
      await store.commit([{
        op: "putOutgoing",
        row: { ...row, createdAtMs: NOW_MS },
        expect: "absent",
      }]);
    };
    const counted = async () =>
      (await store.budgets({ jobs: [], providers: [ALICE], nowMs: NOW_MS })).strangersUnits;
    await pay(await ended(store, { status: "success" }), 500n);
    const first = await counted();
    await pay(await ended(store, { status: "processing" }), 100n);
    assert.equal(await counted(), first, "its history covers it");
    for (const row of FAILED) await ended(store, row);
    await pay(await ended(store, { status: "processing" }), 100n);
    assert.equal(await counted(), first + 100n);
  }));

Deno.test("what a provider took for jobs that failed counts three times against what it delivered, for thirty days", () =>
  withStore(async (store) => {
    let nonce = 100;
    const paid = async (row: Partial<JobRow>, amount: bigint, hoursAgo?: number) => {
      const jobId = await ended(store, { amountUnits: amount, ...row }, hoursAgo);
      const about = { jobId, provider: ALICE, kind: null, bytes: null };
      const packet = outgoing({ nonce: nonce++, amount, obligation: `job:${jobId}`, about });
      await store.commit([{
        op: "putOutgoing",
        row: { ...packet, createdAtMs: NOW_MS },
        expect: "absent",
      }]);
    };
    const history = async () =>
      (await store.budgets({ jobs: [], providers: [ALICE], nowMs: NOW_MS })).histories[ALICE];
    const fitting = async () => {
      const { riskUnits } = await history();
      return coveredUnits(await history()) - riskUnits;
    };
    await paid({ status: "success" }, 1_000n);
    assert.equal((await history()).lostUnits, undefined);
    assert.equal(await fitting(), 1_000n);
    // An open job, and runs that failed, took nothing for nothing.
    await paid({ status: "processing" }, 100n);
    for (const row of RAN) await paid(row, 100n);
    assert.equal(await fitting(), 900n);
    await paid(FAILED[0], 100n);
    assert.equal((await history()).lostUnits, 100n);
    assert.equal(await fitting(), 600n);
    await paid(FAILED[0], 100n, 24 * FAILING.days);
    assert.equal((await history()).lostUnits, 100n);
    assert.equal(await fitting(), 500n, "an older one counts once");
    const now = await history();
    assert.deepEqual([strangerPart(now, 500n), strangerPart(now, 501n)], [0n, 1n]);
  }));

Deno.test("isFailing() needs three failures, and half of the jobs or of their prices", () => {
  const record = (jobs: number, failed: number, units = 0n, failedUnits = 0n) => ({
    jobs,
    failed,
    units,
    failedUnits,
  });
  assert.ok(!isFailing(record(0, 0)));
  assert.ok(!isFailing(record(2, 2, 10n, 10n)));
  assert.ok(isFailing(record(6, 3, 60n, 30n)));
  assert.ok(!isFailing(record(7, 3, 61n, 30n)));
  assert.ok(isFailing(record(10, 3, 60n, 30n)));
});
