/** The text of the schema is pinned: a home that was written by an earlier build must stay readable, whatever the tables are described by. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { COUNTS_AS_PAID, IS_OPEN_JOB, IS_OPEN_TRANSACTION } from "../../store/status_sql.ts";
import { MIGRATIONS, OBLIGATION_INDEX } from "../../store/schema.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { schemaDump } from "../schema_dump.ts";

const PINNED = new URL("../../fixtures/store/schema.sql", import.meta.url);

Deno.test("openSqliteStore() makes the tables of a new home with exactly the pinned statements", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await (await openSqliteStore({ folder, clock: () => 5_000, journal: true })).close();
    const db = new DatabaseSync(`${folder}/state.db`, { readOnly: true });
    try {
      assert.equal(schemaDump(db), await Deno.readTextFile(PINNED));
    } finally {
      db.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("queries for open rows repeat the conditions of the partial indexes, so that none reads the whole table", async () => {
  const pinned = await Deno.readTextFile(PINNED);
  const indexes = pinned.split(";\n").filter((each) => each.startsWith("CREATE"));
  const filters = (name: string) =>
    indexes.find((each) => each.includes(`INDEX ${name} `))?.split("WHERE ")[1].trim();
  assert.equal(filters("jobs_deadline"), IS_OPEN_JOB);
  assert.equal(filters("jobs_open_kinds"), IS_OPEN_JOB);
  assert.equal(filters("transactions_unended"), IS_OPEN_TRANSACTION);
  assert.equal(filters("incoming_obligation"), "obligation IS NOT NULL");
  const db = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) db.exec(step);
  const paying = `SELECT * FROM incoming WHERE obligation = ? AND ${COUNTS_AS_PAID}`;
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${paying}`).all("write:a");
  db.close();
  assert.match(String(plan[0].detail), /SEARCH incoming USING INDEX incoming_obligation/);
});

Deno.test("a store of an earlier version keeps what pays an obligation, and forgets the obligations of refused packets", () => {
  const db = new DatabaseSync(":memory:");
  const at = MIGRATIONS.indexOf(OBLIGATION_INDEX);
  for (const step of MIGRATIONS.slice(0, at)) db.exec(step);
  const add = db.prepare(
    `INSERT INTO incoming (channel_id, nonce, hash, amount, prepare, obligation, state, received_at_ms)
     VALUES ('c', ?, x'00', '1', x'00', ?, ?, 1)`,
  );
  const rows = [
    [1, "write:a", "refused"],
    [2, "write:a", "refused"],
    [3, "write:a", "fulfilled"],
    [4, "write:b", "held"],
    [5, null, "refused"],
  ] as const;
  for (const row of rows) add.run(...row);
  for (const step of MIGRATIONS.slice(at)) db.exec(step);
  const left = db.prepare("SELECT nonce, obligation, state FROM incoming ORDER BY nonce").all();
  assert.deepEqual(
    left.map(({ nonce, obligation, state }) => [nonce, obligation, state]),
    rows.map(([nonce, obligation, state]) => [
      nonce,
      state === "refused" ? null : obligation,
      state,
    ]),
  );
  assert.throws(() => add.run(6, "write:a", "held"), /UNIQUE/);
  db.close();
});
