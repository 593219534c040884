/**
 * A table from one description: the words of its schema, the check of each value on its way in, and the row that is read. A field is a
 * column, or a few that belong together. What a released step of the schema says never changes: tests/store/schema_test.ts holds the
 * text of every table, and a field that came later is marked so and added by its own step.
 *
 * @module
 */
import type { ColumnKinds } from "./column_kinds.ts";
import type { Column, Columns } from "./columns.ts";
import { DESCRIBED, type DescribedField } from "./described_fields.ts";
import { RowReader } from "./row_reader.ts";
import { StoreError } from "./store_error.ts";
import type { Told } from "./told_form.ts";

/** What a table is made of. */
interface TableDescription<Row> {
  /**
   * Every field of a row, in the order of its columns. It is called for each row, so that it must be one literal, and what it names of
   * words and marks must be constants.
   */
  readonly row: (column: ColumnKinds) => Row;
  /** Columns that belong to no field, as the schema says them. */
  readonly more?: readonly string[];
  /** The columns of the primary key, where it has several. */
  readonly key?: readonly string[];
  /** The columns of a second key. */
  readonly unique?: readonly string[];
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
  /** `INSERT INTO` with a place for each of {@link Table.values}. */
  readonly insert: string;
  /** The same, which writes over the row that has the same key. */
  readonly upsert: string;
  /** `ALTER TABLE` for columns of a later step, as that step says it. Throws where the table has no such column. */
  add(...columns: string[]): string;
  /** The columns of a whole row; throws `invalid` for a wrong or missing value. */
  columns(row: Row): Record<string, Column>;
  /** The same without their names, in the order of {@link Table.insert}. */
  values(row: Row): Column[];
  /** The columns of some fields; also throws `invalid` for a field that no row has. */
  patch(fields: Partial<Row>): Record<string, Column>;
  /** The row in these columns. */
  row(columns: Columns): Row;
  /** The columns that are told. */
  readonly told: readonly string[];
  /** What is told of a row with these columns; of none, null for each. */
  tell(columns: Columns | null): Record<string, Told>;
  /**
   * The same of a row. Its values are not checked: what a journal says of a commit must not be a reason to refuse it.
   */
  tellRow(row: Row | null): Record<string, Told>;
  /**
   * The row of which this was told. `untold` holds what is not told of a row; null stands for the rest that may be null.
   *
   * @throws TypeError with the name of what is missing or malformed
   */
  untell(told: Readonly<Record<string, Told>>, untold: Partial<Row>): Row;
}

/** Makes a table of its description. */
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
