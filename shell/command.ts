/**
 * The contract of a command file, and how one is written.
 *
 * A command group is one file, `commands/<group>.ts`, that exports `command: CommandSpec`. It is named in `command_table.ts` and
 * loaded only when it is called, so `crosstown --help` loads none. What a command needs (stores, sessions, pipelines) it imports
 * inside `run` with `await import(...)`, so that its own `--help` stays fast too.
 *
 * ```ts ignore
 * export const command: CommandSpec = {
 *   name: "relay",
 *   summary: "the relay that this home talks to",
 *   commands: [{
 *     name: "status",
 *     summary: "connect and show what the relay says about itself",
 *     options: [{ flags: "--timeout <seconds>", summary: "how long to wait", default: "5" }],
 *     examples: [{ command: "crosstown relay status --output json", note: "for programs" }],
 *     async run({ options, output, signal }) {
 *       const timeoutS = options.integer("timeout", { min: 1, max: 300 });
 *       const { openRelay } = await import("../peers/relay/relay_session.ts");
 *       ...
 *       await output.document("relay-status", { state: "connected" }, "connected");
 *       return 0;                    // the exit code; nothing is 0
 *     },
 *   }],
 * };
 * ```
 *
 * - Print only through `output`: `document()` is the one result (JSON, text and CSV at once), `line()` more text of the result,
 *   `note()` progress for people, `warn()` something to act on, `bytes()` and `documentLine()` for streams. Text of others goes
 *   through `printable()`.
 * - Fail by throwing: {@link UsageError} is exit 2, {@link CommandError} exit 1. An error of a service with a snake_case `code` is
 *   exit 1 with its message; anything else prints its stack. A command that failed *after* printing its document returns 1.
 * - Everything that waits takes `signal`: it is aborted by SIGINT and SIGTERM with an `Interrupted`, and when the reader of
 *   standard output has gone. A second signal ends the process at once.
 * - What must happen at the end in any case (take down a network, remove a folder) is in a `finally` of `run`. After `run` the
 *   process is ended by `Deno.exit`, so open handles do not hold it.
 * - Options are text: read them with `options.text|required|integer|list|on(name)`, the name in camel case without dashes; arguments
 *   alike with `args`. Amounts go through `amount.ts`.
 *
 * @module
 */
import type { Given } from "./given.ts";
import type { Globals } from "./globals.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";
import type { OptionSpec, ValueSource } from "./option_spec.ts";

/** A line of a command's examples. */
export interface ExampleSpec {
  readonly command: string;
  readonly note?: string;
}

/** The examples of a command under its alias. */
export function renamed(
  examples: readonly ExampleSpec[] = [],
  path: string,
  other: string,
): readonly ExampleSpec[] {
  return examples.map((example) => ({
    ...example,
    command: example.command.replace(`crosstown ${path}`, `crosstown ${other}`),
  }));
}

/** An argument with commander's syntax, `<type>` or `[file...]`, and its description. */
export interface ArgSpec {
  readonly name: string;
  readonly summary: string;
  /** The words that a shell offers for it. */
  readonly values?: ValueSource;
}

/**
 * The effect of a command: `reads` only; `changes` this home, its configuration or a process; or `spends` tokens, gas or a balance at a
 * connector. The strongest possible effect counts.
 */
export type Effect = "reads" | "changes" | "spends";

/** A command, or a group of commands. */
export interface CommandSpec {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** Further lines in its `--help`. */
  readonly description?: string;
  readonly args?: readonly ArgSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples?: readonly ExampleSpec[];
  /** Prints while it runs: with `--output json` one document on each line (NDJSON). Other commands print one document in all. */
  readonly lines?: boolean;
  readonly commands?: readonly CommandSpec[];
  /** The command's effect. Every command with `run` has one; `crosstown commands` shows it. */
  readonly effect?: Effect;
  /**
   * The command supports `--dry-run`: it prints what it would do, and neither writes to the home nor spends. Other commands refuse the
   * flag.
   */
  readonly dryRun?: true;
  /** Runs the command and returns its exit code. A group without `run` needs a subcommand. */
  readonly run?: (invocation: Invocation) => Promise<number | void>;
}

/** The command of a group that this word names, by its name or an alias. */
export function childOf({ commands = [] }: CommandSpec, word: string): CommandSpec | undefined {
  return commands.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
}

/** The arguments of `run`. */
export interface Invocation {
  readonly args: Given;
  readonly options: Given;
  readonly globals: Globals;
  readonly output: Output;
  readonly io: Io;
  readonly signal: AbortSignal;
}
