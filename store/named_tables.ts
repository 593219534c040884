/**
 * The tables of values that are found by a name alone: where a source goes on, what the signer sealed, running totals.
 *
 * @module
 */
import { KEY } from "./column_kinds.ts";
import { defineTable } from "./define_table.ts";

/** Where whoever chose the name goes on after a restart. */
export const CURSORS = defineTable<{ readonly name: string; readonly value: string }>("cursors", {
  row: (column) => ({ name: column.text("name", KEY), value: column.text("value") }),
  options: "STRICT, WITHOUT ROWID",
});

/** Sealed state of the signer; the newest counter counts. */
interface SnapshotRow {
  readonly name: string;
  readonly counter: number;
  readonly sealed: Uint8Array;
}

/** Sealed states by name. */
export const SNAPSHOTS = defineTable<SnapshotRow>("snapshots", {
  row: (column) => ({
    name: column.text("name", KEY),
    counter: column.whole("counter"),
    sealed: column.bytes("sealed"),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** Running totals, which outlive the rows that they were counted from. */
export const SUMS = defineTable<{ readonly name: string; readonly value: bigint }>("sums", {
  row: (column) => ({ name: column.text("name", KEY), value: column.amount("value") }),
  options: "STRICT, WITHOUT ROWID",
});
