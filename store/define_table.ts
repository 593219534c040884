/**
 * Defines a table of the store: what every described table has (base/table/), with `invalid` StoreErrors for wrong values, and the form of
 * its rows in the journal's data and the audit's files. The SQL of a released migration never changes: tests/store/schema_test.ts pins
 * the text of every table.
 *
 * @module
 */
import type { Column, Columns } from "../base/table/columns.ts";
import {
  defineTable as defineAnyTable,
  type Table as AnyTable,
  type TableDescription,
} from "../base/table/define_table.ts";
import { describedWith } from "../base/table/described_fields.ts";
import { CHECKS } from "./checks.ts";
import { FORMS, type Told } from "./told_form.ts";

/** The definitions of the store's columns. */
export const DESCRIBED = describedWith(CHECKS);

/** A described table of the store. */
export interface Table<Row> extends AnyTable<Row> {
  /** The columns that the journal contains. */
  readonly told: readonly string[];
  /** What the journal says of a row with these columns; if null, null for each field. */
  tell(columns: Columns | null): Record<string, Told>;
  /** The same of a row. Its values are not checked, because what the journal says must not be a reason to refuse the commit. */
  tellRow(row: Row | null): Record<string, Told>;
  /**
   * Rebuilds a row from what the journal says of it. `untold` has values for fields that the journal does not contain; other nullable
   * fields are null.
   *
   * @throws TypeError with the name of what is missing or malformed
   */
  untell(told: Readonly<Record<string, Told>>, untold: Partial<Row>): Row;
}

/** Makes a table of the store from its description. */
export function defineTable<Row extends object>(
  name: string,
  description: TableDescription<Row>,
): Table<Row> {
  const table = defineAnyTable(name, description, DESCRIBED);
  const forms = table.fields.map(([field, { columns: [[column]], told, form, isNullable }]) => {
    if (told === undefined) return { field, told: null };
    if (form === undefined) throw new TypeError(`${column} has no form to tell`);
    const key = told === true ? FORMS[form].nameOf(column) : told;
    return { field, told: { field, column, key, isNullable, ...FORMS[form] } };
  });
  const told = forms.flatMap(({ told }) => told ?? []);
  return {
    ...table,
    told: told.map(({ column }) => column),
    tell(columns) {
      const values: Record<string, Told> = {};
      for (const { column, key, tell } of told) {
        const value = columns?.[column] ?? null;
        values[key] = value === null ? null : tell(value);
      }
      return values;
    },
    tellRow(row) {
      const values: Record<string, Told> = {};
      for (const { field, key, tell } of told) {
        const value = (row?.[field] ?? null) as Column | boolean | bigint | null;
        const column = typeof value === "bigint"
          ? value.toString()
          : typeof value === "boolean"
          ? Number(value)
          : value;
        values[key] = column === null ? null : tell(column);
      }
      return values;
    },
    untell(values, untold) {
      const row: Record<string, unknown> = {};
      for (const { field, told } of forms) {
        const value = told === null ? null : values[told.key] ?? null;
        row[field] = untold[field] !== undefined
          ? untold[field]
          : value !== null
          ? told!.read(value)
          : told === null || told.isNullable
          ? null
          : undefined;
        if (row[field] === undefined) {
          throw new TypeError(`${told?.key ?? field} is missing or malformed`);
        }
      }
      return row as Row;
    },
  };
}
