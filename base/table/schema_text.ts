/**
 * The statements of a table: its schema and its inserts.
 *
 * @module
 */
import type { DescribedField } from "./described_fields.ts";

/** What a table's statements contain beside its fields. */
export interface TableText {
  /** SQL of columns that belong to no field. */
  readonly more?: readonly string[];
  /** The columns of the primary key, if it has several. `DESC` may follow a name. */
  readonly key?: readonly string[];
  /** The columns of a second unique key. */
  readonly unique?: readonly string[];
  /** `STRICT`, and `WITHOUT ROWID` if the table needs no row ids. */
  readonly options: "STRICT" | "STRICT, WITHOUT ROWID";
  /**
   * Where the released text has line breaks: before each column and key (`columns`), before the first column and the keys (`keys`), or
   * only at both ends (`ends`). Default: `columns`, indented for a migration.
   */
  readonly breaks?: "columns" | "keys" | "ends";
}

/** The statements; define_table.ts says what each of them is for. */
interface Statements {
  readonly sql: string;
  readonly sqlIfMissing: string;
  readonly insert: string;
  readonly upsert: string;
}

/** Writes the statements of a table with these fields. */
export function schemaText(
  name: string,
  fields: readonly DescribedField[],
  { more = [], key, unique, options, breaks }: TableText,
): Statements {
  const columns = fields.filter(({ later }) => later === undefined)
    .flatMap(({ columns }) => columns.map(([column, sql]) => `${column} ${sql}`)).concat(more);
  const keys = [
    ...key === undefined ? [] : [`PRIMARY KEY (${key.join(", ")})`],
    ...unique === undefined ? [] : [`UNIQUE (${unique.join(", ")})`],
  ];
  const indent = breaks === undefined ? "  " : "";
  const parts = breaks === "ends"
    ? [[...columns, ...keys].join(", ")]
    : breaks === "keys"
    ? [columns.join(", "), ...keys]
    : [...columns, ...keys];
  const text = `${name} (\n${indent}  ${parts.join(`,\n${indent}  `)}\n${indent}) ${options};`;

  const written = fields.filter(({ given }) => given === undefined)
    .flatMap(({ columns }) => columns.map(([column]) => column));
  const insert = `INSERT INTO ${name} (${written.join(", ")}) VALUES (${
    written.map(() => "?").join(", ")
  })`;
  const conflict = key?.map((column) => column.replace(/ DESC$/, "")) ??
    fields.flatMap((field) => field.key === undefined ? [] : [field.columns[0][0]]);
  const changed = written.filter((column) => !conflict.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  return {
    sql: `CREATE TABLE ${text}`,
    sqlIfMissing: `CREATE TABLE IF NOT EXISTS ${text}`,
    insert,
    upsert: `${insert} ON CONFLICT (${conflict.join(", ")}) DO UPDATE SET ${changed.join(", ")}`,
  };
}
