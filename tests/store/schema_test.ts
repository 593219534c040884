/** The text of the schema is pinned: a home that was written by an earlier build must stay readable, whatever the tables are described by. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { COUNTS_AS_PAID, IS_OPEN_JOB, IS_OPEN_TRANSACTION } from "../../store/status_sql.ts";
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
  assert.equal(filters("incoming_obligation"), `obligation IS NOT NULL AND ${COUNTS_AS_PAID}`);
});
