/**
 * Reads a TOML table key by key, so that an unknown key can be refused with a suggestion of the right one.
 *
 * @module
 */
import { MAX_AMOUNT } from "../protocols/ilp/max_amount.ts";
import { parse, TomlError } from "smol-toml";
import { ConfigError, nearest } from "../base/config_error.ts";
import type { KeySchema } from "./profile_schema.ts";

const MAX_TOML_CHARS = 1024 * 1024;

/** A parsed table. */
type TomlTable = Readonly<Record<string, unknown>>;

/** Parses TOML text; `where` names the file in messages. */
export function parseToml(text: string, where: string): TomlTable {
  if (text.length > MAX_TOML_CHARS) {
    throw new ConfigError("config_syntax", `${where} is over 1 MiB`, "make it shorter");
  }
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (cause) {
    const at = cause instanceof TomlError ? ` at line ${cause.line}, column ${cause.column}` : "";
    const why = cause instanceof Error ? firstLine(cause.message) : "unreadable";
    throw new ConfigError(
      "config_syntax",
      `${where} is not valid TOML${at}: ${why}`,
      "correct that line; strings need quotes",
      // The parser's message is not passed on, because it shows the lines around, which may contain a key.
    );
  }
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0].replace(/^Invalid TOML document: /, "");
}

/** A table while it is read: take the known keys, then call {@link TableReader.end}. */
export class TableReader {
  readonly #table: TomlTable;
  readonly #where: string;
  readonly #schema: KeySchema | null;
  readonly #asked = new Set<string>();

  /** Wraps a table; `where` is its name in messages, and `schema` has examples for them. Throws if it is no table. */
  constructor(table: unknown, where: string, schema: KeySchema | null = null) {
    if (typeof table !== "object" || table === null || Array.isArray(table)) {
      throw new ConfigError("config_invalid", `${where} must be a table`, `write [${where}]`, {
        key: where,
      });
    }
    this.#table = table as TomlTable;
    this.#where = where;
    this.#schema = schema;
  }

  /** The value under a key, or undefined. */
  take(key: string): unknown {
    this.#asked.add(key);
    return Object.hasOwn(this.#table, key) ? this.#table[key] : undefined;
  }

  /** A table below this one, or null. Its schema is that of the key, unless one is given. */
  table(key: string, schema: KeySchema | null = this.#schemaOf(key)): TableReader | null {
    const value = this.take(key);
    return value === undefined ? null : new TableReader(value, this.name(key), schema);
  }

  /** A key's name in messages. */
  name(key: string): string {
    return this.#where === "" ? key : `${this.#where}.${key}`;
  }

  /** Text under a key, or undefined. */
  text(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value.length > 4_096) throw this.bad(key, "text in quotes");
    return value;
  }

  /** A list of texts; empty if it is missing. */
  texts(key: string, max: number): readonly string[] {
    const value = this.take(key) ?? [];
    if (
      !Array.isArray(value) || value.length > max ||
      !value.every((each) => typeof each === "string" && each.length <= 4_096)
    ) throw this.bad(key, `a list of at most ${max} texts in quotes`);
    return value;
  }

  /** Text that is required. */
  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) {
      throw new ConfigError(
        "config_invalid",
        `${this.name(key)} is missing`,
        `add ${this.#example(key) ?? `${key} = "..."`}`,
        { key: this.name(key) },
      );
    }
    return value;
  }

  /** Text that must match a pattern; `must` describes the pattern. */
  matching(key: string, pattern: RegExp, must: string): string {
    const value = this.required(key);
    if (!pattern.test(value)) throw this.bad(key, must);
    return value;
  }

  /** One of these words, or the fallback. */
  word<Word extends string>(key: string, words: readonly Word[], fallback: Word): Word {
    const value = this.take(key) ?? fallback;
    if (!words.includes(value as Word)) throw this.bad(key, `one of ${words.join(", ")}`);
    return value as Word;
  }

  /** A whole number in a range, or the fallback. */
  whole(
    key: string,
    range: { readonly min: number; readonly max: number },
    fallback: number,
  ): number {
    const value = this.take(key) ?? fallback;
    if (
      !Number.isSafeInteger(value) || (value as number) < range.min || (value as number) > range.max
    ) {
      throw this.bad(key, `a whole number from ${range.min} to ${range.max}`);
    }
    return value as number;
  }

  /** An amount: an integer, or decimal digits in quotes; or the fallback. */
  units(key: string, fallback: bigint): bigint {
    const value = this.take(key) ?? fallback;
    const text =
      typeof value === "string" || Number.isSafeInteger(value) || typeof value === "bigint"
        ? String(value)
        : "";
    if (!/^\d{1,20}$/.test(text) || BigInt(text) > MAX_AMOUNT) {
      throw this.bad(key, "a whole number of units up to 2^64-1");
    }
    return BigInt(text);
  }

  /** True or false, or undefined. */
  flag(key: string): boolean | undefined {
    const value = this.take(key);
    if (value !== undefined && typeof value !== "boolean") throw this.bad(key, "true or false");
    return value;
  }

  /** The error for one key. It never shows the value, which may be a secret in the wrong place. */
  bad(key: string, must: string): ConfigError {
    const example = this.#example(key);
    return new ConfigError(
      "config_invalid",
      `${this.name(key)} must be ${must}`,
      example === null ? `correct ${key}` : `write for example ${example}`,
      { key: this.name(key) },
    );
  }

  /** A valid line for a key, as `jobs = 1 under [node]`; null if none is known. */
  #example(key: string): string | null {
    const [example] = this.#schemaOf(key)?.examples ?? [];
    if (example === undefined) return null;
    return `${key} = ${tomlOf(example)}${this.#where === "" ? "" : ` under [${this.#where}]`}`;
  }

  #schemaOf(key: string): KeySchema | null {
    const { properties, additionalProperties: others } = this.#schema ?? {};
    if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
    return typeof others === "object" ? others : null;
  }

  /** The keys in the table. */
  keys(): string[] {
    return Object.keys(this.#table);
  }

  /** Refuses keys that were not read. */
  end(): void {
    for (const key of this.keys()) {
      if (this.#asked.has(key)) continue;
      throw new ConfigError(
        "config_unknown_key",
        `unknown key ${this.name(key.slice(0, 64))}`,
        nearest(key, [...this.#asked]),
        { key: this.name(key) },
      );
    }
  }
}

/** Formats an example: text, number, boolean, list of texts or table of numbers. Only a table differs from JSON. */
export function tomlOf(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  return `{ ${Object.entries(value).map(([name, each]) => `${name} = ${each}`).join(", ")} }`;
}
