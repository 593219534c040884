import type { Table } from "../../store/define_table.ts";

/** A table with rows for it. */
export interface TableCase<Row> {
  readonly table: Table<Row>;
  readonly rows: readonly Row[];
}
