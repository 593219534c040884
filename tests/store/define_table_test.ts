/** Every table keeps its rows exactly, and names the field that is wrong. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Column, Columns } from "../../base/table/columns.ts";
import { PAYER_CHANNELS } from "../../store/packet_tables.ts";
import { MIGRATIONS } from "../../store/schema.ts";
import { payer } from "./store_rows.ts";

import { CASES, GIVEN, GIVEN_COLUMNS } from "./table_cases.ts";

for (const { table, rows } of CASES) {
  Deno.test(`the table ${table.name} gives a row back as it was put, through its columns`, () => {
    for (const row of rows) {
      // Columns of a separate statement, and those that a later step adds, are null in a row that was only put.
      const columns = { ...GIVEN_COLUMNS, ...table.columns(row) };
      assert.deepEqual(table.row(columns), row);
      assert.deepEqual(table.patch(row), table.columns(row));
    }
  });

  Deno.test(`the table ${table.name} refuses each field that is missing or of another kind, by name`, () => {
    for (const field of Object.keys(rows[0]).filter((each) => !GIVEN.includes(each))) {
      // A document in quarantine has an object with all fields that its stage knew.
      for (const wrong of [undefined, Symbol("no"), ...(field === "known" ? [] : [{}])]) {
        const put = () => table.columns({ ...rows[0], [field]: wrong });
        assert.throws(put, (error: Error) => error.message.startsWith(field), `${field}`);
      }
    }
    assert.throws(() => table.patch({ nobodysField: 1 }), { code: "invalid" });
  });
}

Deno.test("a table's own statement creates it, and its insert fills every column of a row", () => {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(PAYER_CHANNELS.sql);
    const row = payer({ signed: 12n });
    db.prepare(PAYER_CHANNELS.insert).run(
      ...Object.values(PAYER_CHANNELS.columns(row)) as Exclude<Column, null>[],
    );
    const read = db.prepare("SELECT * FROM payer_channels").get() as Columns;
    assert.deepEqual(PAYER_CHANNELS.row(read), row);
  } finally {
    db.close();
  }
});

Deno.test("every table of a store is described, with the columns that its steps make", () => {
  const db = new DatabaseSync(":memory:");
  try {
    for (const step of MIGRATIONS) db.exec(step);
    const made = db.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    ).all() as { name: string }[];
    assert.deepEqual(made.map(({ name }) => name), CASES.map(({ table }) => table.name).sort());
    for (const { table, rows: [row] } of CASES) {
      const columns = db.prepare(`PRAGMA table_info(${table.name})`).all() as { name: string }[];
      const described = Object.keys({ ...table.columns(row) });
      for (const column of described) assert(columns.some(({ name }) => name === column), column);
    }
  } finally {
    db.close();
  }
});
