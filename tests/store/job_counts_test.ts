/** Jobs are counted as they change, so that a look at the totals reads no job. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { JOB_COUNT_TABLES } from "../../store/job_count_table.ts";
import { MIGRATIONS } from "../../store/schema.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { BEFORE_MS, inHome, jobAt, OLD_MS, YOUNG_MS } from "./retention_rows.ts";
import { eventIdOf, job } from "./store_rows.ts";

Deno.test("totals() counts jobs by status and role while they are added, change and are removed", async () => {
  await inHome(async ({ store }) => {
    const counts = async () => {
      const { jobs, provided } = await store.totals();
      return [jobs, provided.jobs];
    };
    assert.deepEqual(await counts(), [{}, {}]);
    const sold = job({ eventId: eventIdOf("d"), role: "provider", status: "processing" });
    await store.commit([
      jobAt("a", OLD_MS, "success"),
      jobAt("b", OLD_MS, "processing"),
      jobAt("c", YOUNG_MS, "processing"),
      { op: "putJob", row: sold },
    ]);
    assert.deepEqual(await counts(), [{ processing: 3, success: 1 }, { processing: 1 }]);
    const change = (jobId: string, role: "buyer" | "provider", patch: object) =>
      store.commit([{ op: "patchJob", jobId, role, patch }]);
    await change("job-b000000", "buyer", { status: "error", updatedAtMs: OLD_MS });
    await change(sold.jobId, "provider", { status: "success", updatedAtMs: YOUNG_MS });
    await change("job-c000000", "buyer", { amountUnits: 7n });
    assert.deepEqual(await counts(), [{ error: 1, processing: 1, success: 2 }, { success: 1 }]);
    const { removed } = await store.removeOld(BEFORE_MS);
    assert.equal(removed.jobs, 2);
    assert.deepEqual(await counts(), [{ processing: 1, success: 1 }, { success: 1 }]);
  });
});

Deno.test("a store of an earlier version counts the jobs that it has", () => {
  const db = new DatabaseSync(":memory:");
  const at = MIGRATIONS.indexOf(JOB_COUNT_TABLES);
  for (const step of MIGRATIONS.slice(0, at)) db.exec(step);
  const add = db.prepare(
    `INSERT INTO jobs (job_id, role, event_id, kind, type, status, buyer, created_at_ms, updated_at_ms,
       timeout_s, amount_units, job_paid, write_units, request, attempt, runnable)
     VALUES (?, ?, ?, 5600, 'echo', ?, 'b', 1, 1, 1, '0', 0, '0', x'00', 1, 0)`,
  );
  add.run("job-1", "buyer", "1", "success");
  add.run("job-2", "buyer", "2", "success");
  add.run("job-1", "provider", "1", "error");
  for (const step of MIGRATIONS.slice(at)) db.exec(step);
  add.run("job-3", "buyer", "3", "success");
  const counted = db.prepare("SELECT role || ' ' || status || ' ' || jobs AS told FROM job_counts")
    .all();
  db.close();
  assert.deepEqual(counted.map(({ told }) => told), ["buyer success 3", "provider error 1"]);
});

Deno.test("openSqliteStore() for reading watches the folder only once somebody waits", async () => {
  const folder = await Deno.makeTempDir();
  const watchFs = Deno.watchFs;
  let watched = 0;
  Deno.watchFs = (...args) => {
    watched++;
    return watchFs(...args);
  };
  try {
    const writer = await openSqliteStore({ folder, clock: () => 0, journal: true });
    const reader = await openSqliteStore({ folder, clock: () => 0, readOnly: true });
    await reader.totals();
    await reader.journalAfter(0, 1, 0);
    assert.equal(watched, 0);
    const waiting = reader.watchJob("job-a000000", "buyer", 0, 60_000);
    await writer.commit([jobAt("a", OLD_MS, "success")]);
    assert.equal((await waiting)?.status, "success");
    await reader.journalAfter(0, 1, 60_000);
    assert.equal(watched, 1);
    await reader.close();
    await writer.close();
  } finally {
    Deno.watchFs = watchFs;
    await Deno.remove(folder, { recursive: true });
  }
});
