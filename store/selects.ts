/**
 * SELECTs whose rows are read with their table's description.
 *
 * @module
 */
import type { Column } from "../base/table/columns.ts";
import type { Database } from "./database.ts";

/** SELECTs over one connection. */
interface Selects {
  /** The first row, or null if there is none. */
  one<Row>(map: (columns: never) => Row, sql: string, ...values: Column[]): Row | null;
  /** Every row. */
  many<Row>(map: (columns: never) => Row, sql: string, ...values: Column[]): Row[];
}

/** Makes them over one connection. `map` is the `row` of a table. */
export function selectsOf(db: Database): Selects {
  return {
    one(map, sql, ...values) {
      const columns = db.get(sql, ...values);
      return columns === null ? null : map(columns as never);
    },
    many: (map, sql, ...values) => db.all(sql, ...values).map((columns) => map(columns as never)),
  };
}
