import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../store/sqlite_store.ts";

Deno.test("journalStats() sums a journal of any length: one short of a page, a page, and one more", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    await (await openSqliteStore({ folder, clock: () => 0, journal: true })).close();
    let written = 0;
    for (const entries of [1, 9_999, 10_000, 10_001, 20_000]) {
      const db = new DatabaseSync(`${folder}/state.db`);
      db.exec(`
        WITH RECURSIVE n(seq) AS (SELECT ${
        written + 1
      } UNION ALL SELECT seq + 1 FROM n WHERE seq < ${entries})
        INSERT INTO journal (seq, at_ms, type, amount_units, outcome, data, prev, hash, bytes, kind)
        SELECT seq, 0, 'payment', seq, 'fulfilled', '{}', CASE seq WHEN 1 THEN '${
        "0".repeat(64)
      }' ELSE 'h' || (seq - 1) END, 'h' || seq, 2, 1 FROM n`);
      db.close();
      written = entries;
      const store = await openSqliteStore({ folder, clock: () => 0, readOnly: true });
      const stats = await store.journalStats({});
      await store.close();
      assert.deepEqual([stats.entries, stats.payments], [entries, entries]);
      assert.equal(stats.paidUnits, BigInt(entries) * BigInt(entries + 1) / 2n);
      assert.equal(stats.writeUnits, stats.paidUnits, "each paid for bytes");
      assert.equal(stats.writtenBytes, 2 * entries);
      assert.equal(stats.p50Units, BigInt(Math.ceil(entries / 2)), "the lower middle");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const network of ["club", undefined]) {
  Deno.test(`openSqliteStore() notes ${network ?? "no network"} with each entry of the journal`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "ct-" });
    try {
      const store = await openSqliteStore({ folder, clock: () => 0, journal: true, network });
      const entry = { type: "shutdown", outcome: "clean", data: { drained: true } } as const;
      await store.commit([{ op: "journal", entry }]);
      const last = (await store.listJournal({})).at(-1);
      await store.close();
      assert.deepEqual(last?.data, {
        ...(network === undefined ? {} : { network }),
        drained: true,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
