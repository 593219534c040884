/**
 * Reads values of a TOML file. The error of a wrong value names its line.
 *
 * @module
 */
import { parse, TomlError } from "smol-toml";
import { mistake } from "./format_error.ts";

/** A table of a file. Every method throws SkillError `bad_manifest` with file and line. */
export class TomlTable {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #prefix: string;
  readonly #lines: ReadonlyMap<string, number>;
  readonly #file: string;

  private constructor(
    values: Readonly<Record<string, unknown>>,
    prefix: string,
    lines: ReadonlyMap<string, number>,
    file: string,
  ) {
    this.#values = values;
    this.#prefix = prefix;
    this.#lines = lines;
    this.#file = file;
  }

  /** Reads a file as a table. */
  static read(text: string, file: string): TomlTable {
    try {
      return new TomlTable(parse(text, { integersAsBigInt: true }), "", linesOf(text), file);
    } catch (cause) {
      if (!(cause instanceof TomlError)) throw cause;
      const why = cause.message.split("\n")[0].replace(/^Invalid TOML document: /, "");
      return mistake({ file, line: cause.line }, `this is not TOML: ${why}`, { cause });
    }
  }

  /** Throws an error about a key. */
  bad(key: string, why: string): never {
    return mistake({ file: this.#file, line: this.lineOf(key) }, why);
  }

  /** The line of a key, or of the table in which it should be. */
  lineOf(key: string): number {
    for (let path = this.named(key); path !== ""; path = path.replace(/\.?[^.]*$/, "")) {
      const line = this.#lines.get(path);
      if (line !== undefined) return line;
    }
    return 1;
  }

  /** The key with the names of its tables. */
  named(key: string): string {
    return `${this.#prefix}${key}`;
  }

  /** Whether the key is there. */
  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** Refuses other keys. */
  knows(keys: readonly string[]): void {
    for (const key of Object.keys(this.#values)) {
      if (keys.includes(key)) continue;
      this.bad(key, `unknown key ${this.named(key)}; known are ${keys.join(", ")}`);
    }
  }

  /** The value of a key; whole numbers are bigint. Undefined if the key is missing. */
  value(key: string): unknown {
    return this.has(key) ? this.#values[key] : undefined;
  }

  /** A table; an empty one if the key is missing. */
  table(key: string): TomlTable {
    const found = this.value(key) ?? {};
    if (typeof found !== "object" || Array.isArray(found) || found instanceof Date) {
      this.bad(key, `${this.named(key)} must be a table`);
    }
    const values = found as Readonly<Record<string, unknown>>;
    return new TomlTable(values, `${this.named(key)}.`, this.#lines, this.#file);
  }

  /** A text that is not empty; `otherwise` if the key is missing. */
  text(key: string, otherwise?: string): string {
    const found = this.value(key) ?? otherwise;
    if (typeof found !== "string" || found === "") {
      this.bad(key, `${this.named(key)} must be a text`);
    }
    return found as string;
  }

  /** One of some texts. */
  oneOf<T extends string>(key: string, known: readonly T[], otherwise?: T): T {
    const found = this.value(key) ?? otherwise;
    if (!(known as readonly unknown[]).includes(found)) {
      this.bad(key, `${this.named(key)} must be ${known.join(" or ")} (got ${shown(found)})`);
    }
    return found as T;
  }

  /** A list of texts; empty if the key is missing. */
  texts(key: string): string[] {
    const found = this.value(key) ?? [];
    if (!Array.isArray(found) || found.some((text) => typeof text !== "string")) {
      this.bad(key, `${this.named(key)} must be a list of texts`);
    }
    return found as string[];
  }

  /** True or false. */
  flag(key: string, otherwise: boolean): boolean {
    const found = this.value(key) ?? otherwise;
    if (typeof found !== "boolean") this.bad(key, `${this.named(key)} must be true or false`);
    return found as boolean;
  }

  /** A whole number in a range. */
  whole(key: string, otherwise: number, [lowest, highest]: readonly [number, number]): bigint {
    const found = this.value(key) ?? BigInt(otherwise);
    if (typeof found !== "bigint" || found < BigInt(lowest) || found > BigInt(highest)) {
      this.bad(key, `${this.named(key)} must be a whole number from ${lowest} to ${highest}`);
    }
    return found as bigint;
  }
}

function shown(value: unknown): string {
  return value === undefined
    ? "none"
    : String(JSON.stringify(value, (_, each) => typeof each === "bigint" ? Number(each) : each))
      .slice(0, 80);
}

/** The lines of all keys at the start of a line. A key in an inline table has the line of that table. */
function linesOf(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let table = "";
  let quotes = "";
  for (const [at, line] of text.split("\n").entries()) {
    if (quotes === "") {
      const header = /^\s*\[\[?([^\]]+)\]/.exec(line);
      const key = /^\s*([A-Za-z0-9_."'-]+(?:\s*\.\s*[A-Za-z0-9_"'-]+)*)\s*=/.exec(line);
      if (header !== null) table = bare(header[1]);
      const path = header !== null
        ? table
        : key === null
        ? null
        : `${table === "" ? "" : `${table}.`}${bare(key[1])}`;
      if (path !== null && !lines.has(path)) lines.set(path, at + 1);
    }
    for (const [found] of line.matchAll(/"""|'''/g)) {
      if (quotes === "") quotes = found;
      else if (quotes === found) quotes = "";
    }
  }
  return lines;
}

function bare(key: string): string {
  return key.replaceAll(/["'\s]/g, "");
}
