/**
 * Prints for commands: text for people, one JSON document for programs, CSV for tables. Results go to standard output; notes, warnings and
 * errors go to standard error, so that `| jq` always reads exactly one document.
 *
 * Held: writes that the reader has not accepted yet, in order. A caller that awaits each write keeps this to one chunk.
 *
 * @module
 */
import { printable } from "../base/log/printable.ts";
import { type DocumentName, schemaOf } from "./documents.ts";
import type { Io, OutputStream } from "./io.ts";
import { OutputError } from "./output_error.ts";

export { printable };

/** The value of `--output`. */
export type OutputMode = "text" | "json" | "csv";

/** A row of a table: column name to value. All rows of one table have the same columns. */
export type Row = Readonly<Record<string, string | number | bigint | boolean | null>>;

/** Options of {@link Output}. */
export interface OutputOptions {
  readonly mode: OutputMode;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

const LINE_END = 0x0a;

/** What turns a style on and off on a terminal. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

type Style = keyof typeof STYLES;

/** As `styleText()` of `node:util` makes it. @see ECMA-48 section 8.3.117, SGR */
function styled(style: Style, text: string): string {
  const [on, off] = STYLES[style];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

/** Prints for one command. Every method returns a promise that resolves when the bytes are written; {@link Output.flush} waits for all. */
export class Output {
  /** The value of `--output`. */
  readonly mode: OutputMode;
  readonly #io: Io;
  readonly #options: OutputOptions;
  #tail: Promise<void> = Promise.resolve();
  /** Why standard output takes nothing more. */
  #broken: OutputError | null = null;
  /** Whether the last line on standard output has no end yet, as of a log that is printed as it arrives. */
  #lineOpen = false;

  /** Prints to the given process. */
  constructor(io: Io, options: OutputOptions) {
    this.#io = io;
    this.#options = options;
    this.mode = options.mode;
  }

  /** The columns of the terminal that shows the result; infinite if it goes to a file or a program. */
  get width(): number {
    return this.#io.stdout.isTerminal ? this.#io.columns : Infinity;
  }

  /** The same of the terminal that shows remarks and failures. */
  get errorWidth(): number {
    return this.#io.stderr.isTerminal ? this.#io.columns : Infinity;
  }

  /** A line of the result, in text mode only. */
  line(text = ""): Promise<void> {
    return this.mode === "text" ? this.#write("stdout", `${text}\n`) : this.#tail;
  }

  /** A remark for people on standard error, in text mode unless `--quiet`. */
  note(text: string): Promise<void> {
    this.#io.onNote?.(text);
    return this.mode === "text" && !this.#options.quiet
      ? this.#write("stderr", `${text}\n`)
      : this.#tail;
  }

  /**
   * How far a long work is, on a line of standard error that the next call replaces, and that an empty text removes. Only on a terminal, in
   * text mode, unless `--quiet`. Remove it before anything else is printed.
   */
  progress(text: string): Promise<void> {
    const { stderr, columns } = this.#io;
    if (this.mode !== "text" || this.#options.quiet || !this.#replaces(stderr)) return this.#tail;
    return this.#write("stderr", `\r\x1b[K${text.slice(0, columns - 1)}`);
  }

  /** A remark that only `--verbose` shows, on standard error in every mode. */
  detail(text: string): Promise<void> {
    return this.#options.verbose ? this.#write("stderr", `${text}\n`) : this.#tail;
  }

  /** Something that the user should act on; on standard error in every mode. */
  warn(text: string): Promise<void> {
    return this.#write("stderr", `${this.styleError("yellow", "Warning:")} ${text}\n`);
  }

  /**
   * The command's only result: `value` in JSON, `text` for people, and `rows` (default: `value` itself) in CSV. The JSON starts with the
   * document's name and version, so that programs know its fields.
   *
   * @param value Amounts are bigint units and are printed as decimal strings.
   */
  document(
    name: DocumentName,
    value: object,
    text: string | (() => string),
    rows?: readonly Row[],
  ): Promise<void> {
    if (this.mode === "json") return this.documentLine(name, value);
    if (this.mode === "csv") {
      return this.#write("stdout", csvText(rows ?? [value as Row]));
    }
    const shown = typeof text === "string" ? text : text();
    return this.#write("stdout", shown.endsWith("\n") ? shown : `${shown}\n`);
  }

  /** A JSON document on its own line, in every mode, for commands that print many (`logs --follow`). */
  documentLine(name: DocumentName, value: object): Promise<void> {
    const schema = schemaOf(name);
    // Set again at the end, because a log line may have a field with this name.
    return this.jsonLine(Object.assign({ schema }, value, { schema }));
  }

  /** A JSON value without a name on its own line, for failures. */
  jsonLine(value: unknown): Promise<void> {
    return this.#write("stdout", `${jsonText(value)}\n`);
  }

  /** Raw bytes on standard output. Await it, so that the reader sets the speed. */
  bytes(bytes: Uint8Array): Promise<void> {
    return this.#enqueue("stdout", bytes);
  }

  /** Text on standard error, unchanged, in every mode. */
  error(text: string): Promise<void> {
    return this.#write("stderr", text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Adds colour for standard output, only on a terminal and never with `NO_COLOR`. */
  style(style: Style, text: string): string {
    return this.#colour(this.#io.stdout) ? styled(style, text) : text;
  }

  /** Adds colour for standard error. */
  styleError(style: Style, text: string): string {
    return this.#colour(this.#io.stderr) ? styled(style, text) : text;
  }

  /** Resolves when everything is written. Rejects with OutputError if a result could not be. */
  async flush(): Promise<void> {
    await this.#tail;
    if (this.#broken !== null) throw this.#broken;
  }

  #colour(stream: OutputStream): boolean {
    return this.#replaces(stream) && !this.#set("NO_COLOR");
  }

  /** Whether it is a terminal that knows control sequences. */
  #replaces(stream: OutputStream): boolean {
    return stream.isTerminal && this.#set("TERM") !== "dumb";
  }

  #set(name: "NO_COLOR" | "TERM"): string | undefined {
    try {
      return this.#io.env(name);
    } catch {
      return undefined; // Without the permission to look: as if unset.
    }
  }

  #write(stream: "stdout" | "stderr", text: string): Promise<void> {
    const { stdout, stderr } = this.#io;
    // Both are shown on the same screen.
    const glued = stream === "stderr" && this.#lineOpen && stdout.isTerminal && stderr.isTerminal;
    if (glued) this.#lineOpen = false;
    return this.#enqueue(stream, new TextEncoder().encode(glued ? `\n${text}` : text));
  }

  #enqueue(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
    if (stream === "stdout" && bytes.length > 0) this.#lineOpen = bytes.at(-1) !== LINE_END;
    const written = this.#tail.then(() =>
      stream === "stdout" ? this.#result(bytes) : this.#say(bytes)
    );
    this.#tail = written.catch(() => {});
    return written;
  }

  /** After a failed write, the reader has an incomplete result, so nothing follows. */
  async #result(bytes: Uint8Array): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    try {
      await this.#io.stdout.write(bytes);
    } catch (cause) {
      this.#broken = new OutputError(cause);
      throw this.#broken;
    }
  }

  /** A remark that cannot be written does not end a command that may be paying at this moment. */
  async #say(bytes: Uint8Array): Promise<void> {
    await this.#io.stderr.write(bytes).catch(() => {});
  }
}

/**
 * JSON on one line, with bigints as decimal strings. Control characters are escaped, because it may be read on a terminal.
 */
export function jsonText(value: unknown): string {
  return printable(
    JSON.stringify(value, (_, part) => typeof part === "bigint" ? part.toString() : part),
  );
}

/**
 * A table as in RFC 4180, with a header line and CRLF. If a spreadsheet would take a text cell for a formula, the cell gets a leading
 * apostrophe.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { csvText } from "./output.ts";
 * assert.equal(csvText([{ job_id: "job-5abc123", units: 8750n }]), "job_id,units\r\njob-5abc123,8750\r\n");
 * ```
 */
export function csvText(rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const columns = Object.keys(rows[0]);
  return csvLine(columns) +
    rows.map((row) => csvLine(columns.map((column) => row[column]))).join("");
}

/** One line of such a table, for tables that are printed while they are read. */
export function csvLine(cells: readonly (Row[string] | undefined)[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return csvCell(jsonText(value));
  const text =
    typeof value === "string" && /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value)
      ? `'${value}`
      : String(value);
  const shown = printable(text);
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/**
 * {@link printable} text on one line, for a cell of a table or a part of a line: tabs and line feeds become spaces, so no part of the text looks like a
 * line of this program.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { printableLine } from "./output.ts";
 *
 * assert.equal(printableLine("a\u001b[2J\r\n\tb"), "a\\u001b[2J b");
 * ```
 */
export function printableLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, " "));
}

/** Columns with two spaces in between; the last one is not padded. */
export function alignedText(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const cells of lines) {
    cells.slice(0, -1).forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return lines
    .map((cells) =>
      cells.map((cell, i) => i === cells.length - 1 ? cell : cell.padEnd(widths[i])).join("  ")
        .trimEnd()
    )
    .join("\n");
}
