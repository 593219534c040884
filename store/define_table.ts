/**
 * A table from one description: the words of its schema, the check of each value on its way in, and the row that is read. A field is a
 * column, or a few that belong together. What a released step of the schema says never changes: tests/store/schema_test.ts holds the
 * text of every table, and a field that came later is marked so and added by its own step.
 *
 * @module
 */
import type { Column, Columns } from "./columns.ts";
import { StoreError } from "./store_error.ts";

/** A field of a row, between its value and its columns. */
export interface Field<Value> {
  /** Name and definition of each column, in order. */
  readonly columns: readonly (readonly [name: string, sql: string])[];
  /** The columns of a value; throws `invalid` with the field's name. */
  readonly write: (field: string, value: unknown) => readonly Column[];
  /** The value in these columns. */
  readonly read: (columns: Columns) => Value;
  /** A later step of the schema adds it. */
  readonly later?: true;
  /** It is given by the database, or written by a statement of its own. */
  readonly given?: true;
}

/** What a table is made of. */
interface TableDescription<Row> {
  /** Every field of a row, in the order of its columns. */
  readonly fields: { readonly [Name in keyof Row]-?: Field<Row[Name]> };
  /** Columns that belong to no field, and the table's constraints, as the schema says them. */
  readonly more?: readonly string[];
  /** A row with a field that is none of these is refused. */
  readonly closed?: true;
  /** `STRICT`, and `WITHOUT ROWID` where there is no use for one. */
  readonly options: "STRICT" | "STRICT, WITHOUT ROWID";
}

/** A described table. */
export interface Table<Row> {
  /** As queries name it. */
  readonly name: string;
  /** `CREATE TABLE` as its first step says it. */
  readonly sql: string;
  /** `INSERT INTO` with a place for each column of {@link Table.columns}, in their order. */
  readonly insert: string;
  /** The columns of a whole row; throws `invalid` for a wrong or missing value. */
  columns(row: Row): Record<string, Column>;
  /** The columns of some fields; also throws `invalid` for a field that no row has. */
  patch(fields: Partial<Row>): Record<string, Column>;
  /** The row in these columns. */
  row(columns: Columns): Row;
}

/** Makes a table of its description. */
export function defineTable<Row extends object>(
  name: string,
  { fields, more = [], closed, options }: TableDescription<Row>,
): Table<Row> {
  const named = Object.entries(fields) as [keyof Row & string, Field<Row[keyof Row]>][];
  const written = named.filter(([, { given }]) => given === undefined);
  const names = written.flatMap(([, { columns }]) => columns.map(([column]) => column));
  const lines = [
    ...named.filter(([, { later }]) => later === undefined)
      .flatMap(([, { columns }]) => columns.map(([column, sql]) => `${column} ${sql}`)),
    ...more,
  ];
  // Rows that are made of one blank have one shape, which the engine reads faster.
  const blank = Object.fromEntries(named.map(([field]) => [field, null]));
  const into = (
    columns: Record<string, Column>,
    field: string,
    description: Field<unknown>,
    value: unknown,
  ) => {
    const values = description.write(field, value);
    for (let at = 0; at < values.length; at++) columns[description.columns[at][0]] = values[at];
  };
  const known = (field: string) => {
    if (Object.hasOwn(fields, field)) return;
    throw new StoreError("invalid", `a row of ${name} has no field ${field.slice(0, 40)}`);
  };
  return {
    name,
    sql: `CREATE TABLE ${name} (\n    ${lines.join(",\n    ")}\n  ) ${options};`,
    insert: `INSERT INTO ${name} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    columns(row) {
      if (closed) Object.keys(row).forEach(known);
      const columns: Record<string, Column> = {};
      for (const [field, description] of written) into(columns, field, description, row[field]);
      return columns;
    },
    patch(patch) {
      const columns: Record<string, Column> = {};
      for (const [field, value] of Object.entries(patch)) {
        if (value === undefined) continue;
        known(field);
        const description = fields[field as keyof Row];
        if (description.given === undefined) into(columns, field, description, value);
      }
      return columns;
    },
    row(columns) {
      const row: Record<string, unknown> = { ...blank };
      for (let at = 0; at < named.length; at++) row[named[at][0]] = named[at][1].read(columns);
      return row as Row;
    },
  };
}
