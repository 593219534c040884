/**
 * Defines a table by one description: the SQL of its schema, the check of each value before it is written, and the row that is read. A
 * field is one column, or several that belong together. Tests pin the text of every schema, because SQLite keeps it: a released statement
 * never changes. A field that was added later is marked so, and its own migration adds it.
 *
 * @module
 */
import type { ColumnKinds } from "./column_kinds.ts";
import type { Column, Columns } from "./columns.ts";
import { DESCRIBED, type Described, type DescribedField } from "./described_fields.ts";
import { RowReader } from "./row_reader.ts";
import { schemaText, type TableText } from "./schema_text.ts";

/** The description of a table. */
export interface TableDescription<Row> extends TableText {
  /**
   * Every field of a row, in the order of its columns. This function runs for each row, so it must be one literal, and its word lists and
   * marks must be constants.
   */
  readonly row: (column: ColumnKinds) => Row;
  /** Refuses a row that has other fields. */
  readonly closed?: true;
}

/** A described table. */
export interface Table<Row> {
  /** The table's name in queries. */
  readonly name: string;
  /** `CREATE TABLE` of its first migration. */
  readonly sql: string;
  /** The same for a database without migrations: `IF NOT EXISTS`. */
  readonly sqlIfMissing: string;
  /** `INSERT INTO` with a place for each of {@link Table.values}. */
  readonly insert: string;
  /** The same; it overwrites the row that has the same key. */
  readonly upsert: string;
  /** The definition of every field. */
  readonly fields: readonly (readonly [field: keyof Row & string, DescribedField])[];
  /** `ALTER TABLE` that adds these columns in a later migration. Throws if the table has no such later column. */
  add(...columns: string[]): string;
  /** The names of a row's columns. */
  readonly names: readonly string[];
  /** The columns of a whole row; throws for a wrong or missing value. */
  columns(row: Row): Record<string, Column>;
  /** The same values without names, in the order of {@link Table.insert}. */
  values(row: Row): Column[];
  /** The columns of some fields; also throws for a field that no row has. */
  patch(fields: Partial<Row>): Record<string, Column>;
  /** The row in these columns. */
  row(columns: Columns): Row;
  /** Some fields for a SELECT. Throws if one of them has another form in its column. */
  pick<Name extends keyof Row & string>(...fields: Name[]): Picked<Pick<Row, Name>>;
}

/** Fields for a SELECT. SQLite returns exactly these values under the names of the fields, so that nothing is copied. */
interface Picked<Row> {
  /** The result columns of the SELECT. */
  readonly sql: string;
  /** The fields in a row of that SELECT. */
  of(columns: unknown): Row;
}

/** Makes a table from its description. `described` has the checks of its values; without it, a wrong value is a TypeError. */
export function defineTable<Row extends object>(
  name: string,
  description: TableDescription<Row>,
  { kinds, checks }: Described = DESCRIBED,
): Table<Row> {
  const { row: describe, closed } = description;
  const fields = describe(kinds) as unknown as Record<keyof Row & string, DescribedField>;
  const all = Object.entries<DescribedField>(fields) as [keyof Row & string, DescribedField][];
  const written = all.filter(([, { given }]) => given === undefined);
  const writers = written.map(([field, { write }]) => ({ field, write }));
  const names = written.flatMap(([, field]) => columnNames(field));
  const later = new Map(
    all.filter(([, field]) => field.later !== undefined).flatMap(([, { columns }]) => columns),
  );
  const known = (field: string) => {
    if (Object.hasOwn(fields, field)) return;
    throw checks.refusal(`a row of ${name} has no field ${field.slice(0, 40)}`);
  };
  const valuesOf = (row: Row): Column[] => {
    if (closed) Object.keys(row).forEach(known);
    const values: Column[] = [];
    for (let at = 0; at < writers.length; at++) {
      const { field, write } = writers[at];
      const value = write(field, row[field]);
      if (Array.isArray(value)) values.push(...value);
      else values.push(value as Column);
    }
    return values;
  };
  return {
    ...schemaText(name, all.map(([, field]) => field), description),
    name,
    fields: all,
    add(...columns) {
      return columns.map((column) => {
        const sql = later.get(column);
        if (sql === undefined) throw new TypeError(`${name} has no later column ${column}`);
        return `ALTER TABLE ${name} ADD COLUMN ${column} ${sql};`;
      }).join("\n  ");
    },
    names,
    columns: (row) => named(names, valuesOf(row)),
    values: valuesOf,
    patch(patch) {
      const changed: string[] = [];
      const values: Column[] = [];
      for (const [field, value] of Object.entries(patch)) {
        if (value === undefined) continue;
        known(field);
        const described = fields[field as keyof Row & string];
        if (described.given !== undefined) continue;
        values.push(...[described.write(field, value)].flat() as Column[]);
        changed.push(...columnNames(described));
      }
      return named(changed, values);
    },
    row: (columns) => describe(new RowReader(columns)),
    pick(...picked) {
      const other = picked.find((field) => fields[field].isPlain !== true);
      if (other !== undefined) throw new TypeError(`${other} of ${name} must be read with row()`);
      return {
        sql: picked.map((field) => {
          const [[column]] = fields[field].columns;
          return column === field ? column : `${column} AS ${field}`;
        }).join(", "),
        of: (columns) => columns as Pick<Row, typeof picked[number]>,
      };
    },
  };
}

function columnNames({ columns }: DescribedField): readonly string[] {
  return columns.map(([column]) => column);
}

function named(names: readonly string[], values: readonly Column[]): Record<string, Column> {
  const columns: Record<string, Column> = {};
  for (let at = 0; at < names.length; at++) columns[names[at]] = values[at];
  return columns;
}
