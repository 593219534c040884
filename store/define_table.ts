/**
 * Defines a table by one description: the SQL of its schema, the check of each value before it is written, and the row that is read. A
 * field is one column, or several that belong together. The SQL of a released migration never changes: tests/store/schema_test.ts pins the
 * text of every table. A field that was added later is marked so, and its own migration adds it.
 *
 * @module
 */
import type { ColumnKinds } from "./column_kinds.ts";
import type { Column, Columns } from "./columns.ts";
import { DESCRIBED, type DescribedField } from "./described_fields.ts";
import { RowReader } from "./row_reader.ts";
import { StoreError } from "./store_error.ts";
import type { Told } from "./told_form.ts";

/** The description of a table. */
interface TableDescription<Row> {
  /**
   * Every field of a row, in the order of its columns. This function runs for each row, so it must be one literal, and its word lists and
   * marks must be constants.
   */
  readonly row: (column: ColumnKinds) => Row;
  /** SQL of columns that belong to no field. */
  readonly more?: readonly string[];
  /** The columns of the primary key, if it has several. */
  readonly key?: readonly string[];
  /** The columns of a second unique key. */
  readonly unique?: readonly string[];
  /** Refuses a row that has other fields. */
  readonly closed?: true;
  /** `STRICT`, and `WITHOUT ROWID` if the table needs no row ids. */
  readonly options: "STRICT" | "STRICT, WITHOUT ROWID";
}

/** A described table. */
export interface Table<Row> {
  /** The table's name in queries. */
  readonly name: string;
  /** `CREATE TABLE` of its first migration. */
  readonly sql: string;
  /** `INSERT INTO` with a place for each of {@link Table.values}. */
  readonly insert: string;
  /** The same; it overwrites the row that has the same key. */
  readonly upsert: string;
  /** `ALTER TABLE` that adds these columns in a later migration. Throws if the table has no such later column. */
  add(...columns: string[]): string;
  /** The columns of a whole row; throws `invalid` for a wrong or missing value. */
  columns(row: Row): Record<string, Column>;
  /** The same values without names, in the order of {@link Table.insert}. */
  values(row: Row): Column[];
  /** The columns of some fields; also throws `invalid` for a field that no row has. */
  patch(fields: Partial<Row>): Record<string, Column>;
  /** The row in these columns. */
  row(columns: Columns): Row;
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

/** Makes a table from its description. */
export function defineTable<Row extends object>(
  name: string,
  { row: describe, more = [], key, unique, closed, options }: TableDescription<Row>,
): Table<Row> {
  const fields = describe(DESCRIBED) as unknown as Record<keyof Row & string, DescribedField>;
  const all = Object.entries<DescribedField>(fields) as [keyof Row & string, DescribedField][];
  const written = all.filter(([, { given }]) => given === undefined);
  const names = written.flatMap(([, { columns }]) => columns.map(([column]) => column));
  const later = new Map(
    all.filter(([, field]) => field.later !== undefined).flatMap(([, { columns }]) => columns),
  );
  const keys = key ?? all.flatMap(([, field]) => field.key ? [field.columns[0][0]] : []);
  const changed = names.filter((column) => !keys.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const insert = `INSERT INTO ${name} (${names.join(", ")}) VALUES (${
    names.map(() => "?").join(", ")
  })`;
  const lines = [
    ...all.filter(([, field]) => field.later === undefined)
      .flatMap(([, { columns }]) => columns.map(([column, sql]) => `${column} ${sql}`)),
    ...more,
    ...key === undefined ? [] : [`PRIMARY KEY (${key.join(", ")})`],
    ...unique === undefined ? [] : [`UNIQUE (${unique.join(", ")})`],
  ];
  const told = all.flatMap(([name, field]) =>
    field.told === undefined ? [] : [{ name, column: field.columns[0][0], ...field.told }]
  );
  const known = (field: string) => {
    if (Object.hasOwn(fields, field)) return;
    throw new StoreError("invalid", `a row of ${name} has no field ${field.slice(0, 40)}`);
  };
  const columnsOf = (row: Row): Record<string, Column> => {
    if (closed) Object.keys(row).forEach(known);
    const columns: Record<string, Column> = {};
    for (const [field, { write }] of written) write(columns, field, row[field]);
    return columns;
  };
  return {
    name,
    sql: `CREATE TABLE ${name} (\n    ${lines.join(",\n    ")}\n  ) ${options};`,
    insert,
    upsert: `${insert} ON CONFLICT (${keys.join(", ")}) DO UPDATE SET ${changed.join(", ")}`,
    add(...columns) {
      return columns.map((column) => {
        const sql = later.get(column);
        if (sql === undefined) throw new TypeError(`${name} has no later column ${column}`);
        return `ALTER TABLE ${name} ADD COLUMN ${column} ${sql};`;
      }).join("\n  ");
    },
    columns: columnsOf,
    values: (row) => Object.values(columnsOf(row)),
    patch(patch) {
      const columns: Record<string, Column> = {};
      for (const [field, value] of Object.entries(patch)) {
        if (value === undefined) continue;
        known(field);
        const { given, write } = fields[field as keyof Row & string];
        if (given === undefined) write(columns, field, value);
      }
      return columns;
    },
    row: (columns) => describe(new RowReader(columns)),
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
      for (const { name, key, tell } of told) {
        const value = (row?.[name] ?? null) as Column | boolean | bigint | null;
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
      for (const [field, { told }] of all) {
        const value = told === undefined ? null : values[told.key] ?? null;
        row[field] = untold[field] !== undefined
          ? untold[field]
          : value !== null
          ? told!.read(value)
          : told === undefined || told.isNullable
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
