/** What a store knows of providers that it paid: delivered, at risk, and counted as paid to strangers. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { resultFacts } from "../../market/judge.ts";
import type { ResultContent } from "../../market/read_result.ts";
import type { JobRow } from "../../store/job_row.ts";
import { PROVIDER_PAYMENT_TABLES } from "../../store/provider_payment_table.ts";
import { MIGRATIONS } from "../../store/schema.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { OpenStore, OutgoingPacketRow } from "../../store/store.ts";
import { strangerPart } from "../../store/stranger_part.ts";
import { job, outgoing } from "./store_rows.ts";

const ALICE = "a".repeat(64);
const BOB = "b".repeat(64);
const DAY_MS = 86_400_000;
const NOW_MS = 20_000 * DAY_MS;

async function withStore(run: (store: OpenStore, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: () => NOW_MS });
  try {
    await run(store, folder);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const JOB = job({ jobId: "job-1234567", eventId: "1".repeat(64), provider: ALICE });

function packet(nonce: number, amount: bigint, over: Partial<OutgoingPacketRow> = {}) {
  const about = { jobId: JOB.jobId, provider: ALICE, kind: null, bytes: null };
  return outgoing({ nonce, amount, obligation: "job:1", about, createdAtMs: NOW_MS, ...over });
}

const historyOf = async (store: OpenStore, provider = ALICE) => {
  const { histories, strangersUnits } = await store.budgets({
    jobs: [],
    providers: [provider],
    nowMs: NOW_MS,
  });
  const { deliveredUnits, riskUnits } = histories[provider];
  return [deliveredUnits, riskUnits, strangersUnits];
};
const sign = (store: OpenStore, row: OutgoingPacketRow) =>
  store.commit([{ op: "putOutgoing", row, expect: "absent" }]);
const patch = (store: OpenStore, patch: Partial<JobRow>) =>
  store.commit([{ op: "patchJob", jobId: JOB.jobId, role: "buyer", patch }]);

Deno.test("a payment is at risk until its result, which may be denied, and then at risk again", () =>
  withStore(async (store) => {
    await store.commit([{ op: "putJob", row: JOB }]);
    await sign(store, packet(1, 100n));
    assert.deepEqual(await historyOf(store), [0n, 100n, 100n]);
    const key = packet(2, 30n, { obligation: "delivery:1" });
    await sign(store, key);
    assert.deepEqual(await historyOf(store), [0n, 100n, 100n], "a key is never at risk");
    await patch(store, { status: "success", resultEventId: "2".repeat(64) });
    assert.deepEqual(await historyOf(store), [130n, 0n, 100n]);
    const denied = { jobId: JOB.jobId, resultEventId: "2".repeat(64), message: "no", atMs: NOW_MS };
    await store.commit([{ op: "denyResult", ...denied }]);
    assert.deepEqual(await historyOf(store), [0n, 100n, 100n]);
  }));

const FAILED_RUNS = [[1, null], [137, "timeout"], [137, "memory"]] as const;
for (const [exitCode, stoppedBy] of FAILED_RUNS) {
  const run = stoppedBy === null ? "failed" : `was stopped at its limit (${stoppedBy})`;
  Deno.test(`a result whose run ${run} ends the risk and adds no history, and an error without a result does neither`, () =>
    withStore(async (store) => {
      await store.commit([{ op: "putJob", row: JOB }]);
      await sign(store, packet(1, 100n));
      await patch(store, { status: "error", errorCode: "busy" });
      assert.deepEqual(await historyOf(store), [0n, 100n, 100n]);
      const failed = resultFacts({ exitCode, stoppedBy } as ResultContent, null);
      assert.equal(failed.status, "error", "as a buyer's job gets it");
      const other = { ...JOB, jobId: "job-7654321", eventId: "3".repeat(64), provider: BOB };
      await store.commit([{ op: "putJob", row: other }]);
      const about = { jobId: other.jobId, provider: BOB, kind: null, bytes: null };
      await sign(store, packet(2, 50n, { about, obligation: "job:3" }));
      assert.deepEqual(await historyOf(store, BOB), [0n, 50n, 150n]);
      const errorCode = String(failed.error_code);
      await store.commit([{
        op: "patchJob",
        jobId: other.jobId,
        role: "buyer",
        patch: { status: "error", exitCode, errorCode, resultEventId: "4".repeat(64) },
      }]);
      assert.deepEqual(await historyOf(store, BOB), [0n, 0n, 150n]);
    }));
}

Deno.test("a refused payment leaves history, risk and the day's sum, also after the job's result", () =>
  withStore(async (store) => {
    await store.commit([{ op: "putJob", row: JOB }]);
    const row = packet(1, 100n);
    await sign(store, row);
    await patch(store, { status: "success" });
    assert.deepEqual(await historyOf(store), [100n, 0n, 100n]);
    const refused = { ...row, state: "refused", answer: new Uint8Array([1]) } as const;
    await store.commit([{ op: "putOutgoing", row: refused, expect: "open" }]);
    assert.deepEqual(await historyOf(store), [0n, 0n, 0n]);
  }));

Deno.test("a payment without a job, and one that was signed after the job's result, count as what they are", () =>
  withStore(async (store) => {
    const about = { jobId: null, provider: BOB, kind: null, bytes: null };
    await sign(store, packet(1, 5n, { about, obligation: "job:9" }));
    assert.deepEqual(await historyOf(store, BOB), [0n, 5n, 5n]);
    await store.commit([{ op: "putJob", row: { ...JOB, status: "success" } }]);
    await sign(store, packet(2, 7n));
    assert.deepEqual(await historyOf(store), [7n, 0n, 12n]);
  }));

Deno.test("of jobs that are compared, only an accepted answer is history; one that is not accepted ends the risk", () =>
  withStore(async (store) => {
    const other = { ...JOB, jobId: "job-7654321", eventId: "3".repeat(64), provider: BOB };
    const compared = [JOB, other].map(({ jobId }, position) => ({
      jobId,
      leadId: JOB.jobId,
      position,
      needed: 2,
      count: 2,
      challenge: false,
      compare: "kind" as const,
      judge: null,
      atMs: NOW_MS,
    }));
    await store.commit([
      { op: "putJob", row: JOB },
      { op: "putJob", row: other },
      { op: "putVerification", rows: compared },
    ]);
    await sign(store, packet(1, 100n));
    const both = [JOB.jobId, other.jobId, "job-none"];
    const unaccepted = () => store.unacceptedAnswers(both);
    const accept = () => store.commit([{ op: "acceptAnswers", jobIds: [JOB.jobId, "job-none"] }]);
    await accept();
    assert.deepEqual(await historyOf(store), [0n, 100n, 100n], "there is no answer yet");
    await patch(store, { status: "success", resultEventId: "2".repeat(64) });
    assert.deepEqual(await historyOf(store), [0n, 0n, 100n]);
    // A payment that was booked late.
    await sign(store, packet(2, 7n));
    assert.deepEqual(await historyOf(store), [0n, 0n, 107n]);
    assert.deepEqual(await unaccepted(), [JOB.jobId]);
    for (let times = 0; times < 2; times++) {
      await accept();
      assert.deepEqual(await historyOf(store), [107n, 0n, 107n]);
    }
    assert.deepEqual(await unaccepted(), []);
    await patch(store, { updatedAtMs: NOW_MS + 1 });
    assert.deepEqual(await historyOf(store), [107n, 0n, 107n], "it stays accepted");
    assert.deepEqual(await historyOf(store, BOB), [0n, 0n, 107n]);
  }));

Deno.test("the history of a provider outlives its jobs", () =>
  withStore(async (store, folder) => {
    await store.commit([{ op: "putJob", row: JOB }]);
    await sign(store, packet(1, 100n));
    await patch(store, { status: "success" });
    await store.removeOld(NOW_MS + 1);
    assert.equal(await store.getJob(JOB.jobId), null);
    assert.deepEqual(await historyOf(store), [100n, 0n, 100n]);
    const db = new DatabaseSync(`${folder}/state.db`, { readOnly: true });
    assert.deepEqual(db.prepare("SELECT * FROM provider_payments").all(), []);
    db.close();
  }));

Deno.test("a store of an earlier version gets the histories of the jobs that it has", () => {
  const db = new DatabaseSync(":memory:");
  const at = MIGRATIONS.indexOf(PROVIDER_PAYMENT_TABLES);
  for (const step of MIGRATIONS.slice(0, at)) db.exec(step);
  // A sum above what an integer of SQLite holds is rounded.
  const huge = 2n ** 63n;
  const rows: [string, string, string | null, bigint, number | null, number][] = [
    ["buyer", "success", ALICE, 100n, 0, 1],
    ["buyer", "success", ALICE, 20n, null, 1],
    ["buyer", "success", ALICE, 3n, 1, 1],
    ["buyer", "timeout", ALICE, 4n, null, 1],
    ["buyer", "success", ALICE, 5n, 0, 0],
    ["provider", "success", ALICE, 6n, 0, 1],
    ["buyer", "success", null, 7n, 0, 1],
    ["buyer", "success", BOB, huge, 0, 1],
    ["buyer", "success", BOB, huge, 0, 1],
  ];
  for (const [at, [role, status, provider, units, exitCode, paid]] of rows.entries()) {
    db.prepare(
      `INSERT INTO jobs (job_id, role, event_id, kind, type, status, buyer, provider, created_at_ms,
         updated_at_ms, timeout_s, amount_units, job_paid, write_units, request, exit_code, attempt, runnable)
       VALUES (?, ?, ?, 5600, 'echo', ?, 'b', ?, 1, 1, 1, ?, ?, '0', x'00', ?, 1, 0)`,
    ).run(`job-${at}`, role, `${at}`, status, provider, String(units), paid, exitCode);
  }
  for (const step of MIGRATIONS.slice(at)) db.exec(step);
  const found = db.prepare("SELECT * FROM provider_history ORDER BY provider").all();
  db.close();
  assert.deepEqual(
    found.map(({ provider, delivered_units: units, risk_units: risk }) => [provider, units, risk]),
    [
      [ALICE, "120", "0"],
      [BOB, "18446744073709550000", "0"],
    ],
  );
});

Deno.test("strangerPart() is what is at risk above what was delivered", () => {
  const cases = [
    [0n, 0n, 10n, 10n],
    [10n, 0n, 10n, 0n],
    [10n, 5n, 10n, 5n],
    [10n, 10n, 1n, 1n],
    [10n, 90n, 7n, 7n],
    [10n, 5n, 0n, 0n],
  ] as const;
  for (const [deliveredUnits, riskUnits, units, part] of cases) {
    assert.equal(strangerPart({ deliveredUnits, riskUnits }, units), part);
  }
});
