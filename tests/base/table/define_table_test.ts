import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { checksWith } from "../../../base/table/checks.ts";
import { GIVEN, KEY, type Marks } from "../../../base/table/column_kinds.ts";
import type { Columns } from "../../../base/table/columns.ts";
import { defineTable } from "../../../base/table/define_table.ts";
import { describedWith } from "../../../base/table/described_fields.ts";

const UNIQUE: Marks = { unique: true };
const IMPLIED: Marks = { key: "implied" };

/** A row with a number from the database, a column under another name, and one with another form. */
interface Row {
  readonly seq: number;
  readonly id: string;
  readonly atS: number | null;
  readonly units: bigint;
}

const ROWS = defineTable<Row>("rows", {
  row: (column) => ({
    seq: column.rowKey("seq", GIVEN),
    id: column.text("id", UNIQUE),
    atS: column.wholeOrNull("at_s"),
    units: column.amount("units"),
  }),
  options: "STRICT",
  breaks: "columns",
});

Deno.test("defineTable() writes the text of a table with the line breaks that its first release had", () => {
  assert.equal(
    ROWS.sql,
    "CREATE TABLE rows (\n  seq INTEGER PRIMARY KEY,\n  id TEXT NOT NULL UNIQUE,\n  at_s INTEGER,\n" +
      "  units TEXT NOT NULL\n) STRICT;",
  );
  assert.equal(ROWS.sqlIfMissing, ROWS.sql.replace("TABLE", "TABLE IF NOT EXISTS"));
  const pair = (breaks?: "columns" | "keys" | "ends") =>
    defineTable("t", {
      row: (column) => ({ a: column.text("a"), b: column.whole("b") }),
      key: ["a", "b DESC"],
      options: "STRICT, WITHOUT ROWID",
      breaks,
    }).sql.slice("CREATE TABLE t ".length);
  const [a, b, key] = ["a TEXT NOT NULL", "b INTEGER NOT NULL", "PRIMARY KEY (a, b DESC)"];
  assert.equal(pair(), `(\n    ${a},\n    ${b},\n    ${key}\n  ) STRICT, WITHOUT ROWID;`);
  assert.equal(pair("columns"), `(\n  ${a},\n  ${b},\n  ${key}\n) STRICT, WITHOUT ROWID;`);
  assert.equal(pair("keys"), `(\n  ${a}, ${b},\n  ${key}\n) STRICT, WITHOUT ROWID;`);
  assert.equal(pair("ends"), `(\n  ${a}, ${b}, ${key}\n) STRICT, WITHOUT ROWID;`);
});

Deno.test("a table's values go into its insert, and row() and pick() read them back", () => {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(ROWS.sqlIfMissing + ROWS.sqlIfMissing);
    const row = { seq: 1, id: "a", atS: 5, units: 2n ** 70n };
    const { lastInsertRowid } = db.prepare(ROWS.insert).run(...ROWS.values(row));
    assert.equal(lastInsertRowid, 1);
    assert.deepEqual(ROWS.row(db.prepare("SELECT * FROM rows").get() as Columns), row);
    const picked = ROWS.pick("seq", "atS");
    assert.equal(picked.sql, "seq, at_s AS atS");
    const found = picked.of(db.prepare(`SELECT ${picked.sql} FROM rows`).get());
    assert.deepEqual({ ...found }, { seq: 1, atS: 5 });
    assert.throws(() => ROWS.pick("units"), { message: "units of rows must be read with row()" });
  } finally {
    db.close();
  }
});

Deno.test("upsert overwrites the row with the same key, also where the key has an order", () => {
  const table = defineTable<{ readonly a: string; readonly b: number; readonly c: string }>("t", {
    row: (column) => ({ a: column.text("a"), b: column.whole("b"), c: column.longText("c") }),
    key: ["a", "b DESC"],
    options: "STRICT, WITHOUT ROWID",
  });
  const single = defineTable<{ readonly name: string; readonly value: string | null }>("s", {
    row: (column) => ({
      name: column.text("name", IMPLIED),
      value: column.longTextOrNull("value", UNIQUE),
    }),
    options: "STRICT, WITHOUT ROWID",
  });
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(table.sql + single.sql);
    for (const c of ["first", "second"]) {
      db.prepare(table.upsert).run(...table.values({ a: "x", b: 1, c }));
      db.prepare(single.upsert).run(...single.values({ name: "n", value: c }));
    }
    assert.equal(
      table.row(db.prepare("SELECT * FROM t").get() as Columns).c,
      "second",
    );
    assert.equal(single.row(db.prepare("SELECT * FROM s").get() as Columns).value, "second");
    const repeated = single.values({ name: "m", value: "second" });
    assert.throws(() => db.prepare(single.insert).run(...repeated), /UNIQUE/);
  } finally {
    db.close();
  }
  assert.match(single.sql, /name TEXT PRIMARY KEY,\n\s+value TEXT UNIQUE\n/);
});

Deno.test("a wrong value is a TypeError with the field's name, or the error of the database's own checks", () => {
  const row = { seq: 0, id: "a", atS: null, units: 1n };
  assert.throws(() => ROWS.values({ ...row, units: -1n }), {
    name: "TypeError",
    message: "units must be a bigint from 0 to 2^256-1 (got bigint)",
  });
  assert.throws(
    () => ROWS.values({ ...row, id: "x".repeat(65_537) }),
    /^TypeError: id must be text/,
  );
  const own = defineTable<{ readonly name: string }>("t", {
    row: (column) => ({ name: column.text("name", KEY) }),
    closed: true,
    options: "STRICT",
  }, describedWith(checksWith((message) => new RangeError(message))));
  assert.throws(() => own.values({ name: 1 as unknown as string }), RangeError);
  assert.throws(() => own.values({ name: "a", other: 1 } as { name: string }), {
    name: "RangeError",
    message: "a row of t has no field other",
  });
});
