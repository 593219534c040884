/**
 * Tables of values that are found by name: cursors, sealed states of the signer, running totals.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";

/** Cursors: where the owner of a name continues after a restart. */
export const CURSORS = defineTable<{ readonly name: string; readonly value: string }>("cursors", {
  row: (column) => ({ name: column.text("name", KEY), value: column.text("value") }),
  options: "STRICT, WITHOUT ROWID",
});

/** Sealed state of the signer. The highest counter is the current one. */
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

/** Running totals. They stay when the rows that they count are removed. */
export const SUMS = defineTable<{ readonly name: string; readonly value: bigint }>("sums", {
  row: (column) => ({ name: column.text("name", KEY), value: column.amount("value") }),
  options: "STRICT, WITHOUT ROWID",
});
