/**
 * Sets or removes one value of `crosstown.toml`. Every other byte of the file stays unchanged.
 *
 * @module
 */
import { ConfigError } from "../base/config_error.ts";
import { nodeUtil } from "../base/node_modules.ts";
import { parseToml } from "./table.ts";

const ANY_HEADER = /^\s*\[/;

/** The place of a value. */
export interface Place {
  /** The table, for example `limits` or `networks.club`; null for the top of the file. */
  readonly table: string | null;
  /** The key, for example `job_m2m`. */
  readonly name: string;
}

/** The types of values that can be set. */
export type PlainValue = string | number | boolean | readonly string[];

/**
 * The text of the file at this path with the value; null removes the value.
 *
 * @throws {ConfigError} if the file has a form that cannot be edited here, e.g. an inline table
 */
export function withValue(
  text: string,
  place: Place,
  value: PlainValue | null,
  path = "the file",
): string {
  const changed = edited(text, place, value === null ? [] : [`${place.name} = ${literal(value)}`]);
  const wanted = placed(parseToml(text, path), place, value);
  const now = parsed(changed);
  const { isDeepStrictEqual } = nodeUtil();
  // An empty table means nothing, with or without its header.
  if (now !== null && isDeepStrictEqual(withoutEmpty(now, place), withoutEmpty(wanted, place))) {
    return changed;
  }
  const key = place.table === null ? place.name : `${place.table}.${place.name}`;
  throw new ConfigError(
    "config_invalid",
    `${key} is written in a way that only you can change`,
    value === null
      ? `take ${key} out by hand`
      : place.table === null
      ? `write it by hand, above all tables: ${place.name} = ${literal(value)}`
      : `write it by hand: a line [${place.table}], and under it ${place.name} = ${literal(value)}`,
  );
}

/** The value in TOML. JSON strings are valid TOML strings. */
function literal(value: PlainValue): string {
  return Array.isArray(value)
    ? `[${value.map((each) => JSON.stringify(each)).join(", ")}]`
    : JSON.stringify(value);
}

type Table = Readonly<Record<string, unknown>>;

/** Null if the changed text is no longer valid TOML. */
function parsed(text: string): Table | null {
  try {
    return structuredClone(parseToml(text, "the changed file"));
  } catch {
    return null;
  }
}

/** What the changed file must mean: the same, except for this value. */
function placed(before: Table, place: Place, value: PlainValue | null): Table {
  const set = (fields: Table, [first, ...rest]: readonly string[]): Table => {
    const { [first]: own, ...others } = fields;
    if (rest.length > 0) return { ...others, [first]: set(isTable(own) ? own : {}, rest) };
    return value === null ? others : { ...others, [first]: value };
  };
  return set(structuredClone(before) as Table, [...tablesOf(place), place.name]);
}

/** Without the tables of this place that have become empty, the innermost first. */
function withoutEmpty(whole: Table, place: Place): Table {
  const strip = (fields: Table, [first, ...rest]: readonly string[]): Table => {
    if (first === undefined) return fields;
    const { [first]: own, ...others } = fields;
    const inner = strip(isTable(own) ? own : {}, rest);
    return Object.keys(inner).length === 0 ? others : { ...others, [first]: inner };
  };
  return strip(whole, tablesOf(place));
}

function tablesOf({ table }: Place): readonly string[] {
  return table === null ? [] : table.split(".");
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function edited(text: string, { table, name }: Place, wanted: readonly string[]): string {
  const lines = text === "" ? [] : text.split("\n");
  const header = table === null ? -1 : lines.findIndex((line) => headerOf(table).test(line));
  if (table !== null && header < 0) {
    if (wanted.length === 0) return text;
    const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
    return `${text}${gap}[${table}]\n${wanted[0]}\n`;
  }
  const next = lines.findIndex((line, index) => index > header && ANY_HEADER.test(line));
  const end = next < 0 ? lines.length : next;
  const own = new RegExp(`^\\s*(?:${name}|"${name}"|'${name}')\\s*=`);
  const at = lines.findIndex((line, index) => index > header && index < end && own.test(line));
  if (at >= 0) lines.splice(at, 1, ...wanted);
  else lines.splice(header + 1, 0, ...wanted);
  const rest = lines.slice(header + 1, at >= 0 && wanted.length === 0 ? end - 1 : end);
  if (header >= 0 && wanted.length === 0 && rest.every((line) => line.trim() === "")) {
    // The table is empty now, so its header and the empty line before it are removed.
    const from = header > 0 && lines[header - 1].trim() === "" ? header - 1 : header;
    lines.splice(from, header + 1 - from);
  }
  const result = lines.join("\n");
  return result === "" || result.endsWith("\n") ? result : `${result}\n`;
}

function headerOf(table: string): RegExp {
  const names = table.split(".").map((name) => `(?:${name}|"${name}"|'${name}')`);
  return new RegExp(`^\\s*\\[\\s*${names.join("\\s*\\.\\s*")}\\s*\\]\\s*(#.*)?$`);
}
