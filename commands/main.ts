/**
 * From arguments to exit code: finds the command, loads it, runs it, and prints its error.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";
import { type CommandEntry, COMMANDS } from "./command_table.ts";
import {
  describeFailure,
  Interrupted,
  isAbort,
  printFailure,
  UsageError,
} from "../shell/errors.ts";
import { Given } from "../shell/given.ts";
import { glance, globalsOf } from "../shell/globals.ts";
import type { Io } from "../shell/io.ts";
import { Output } from "../shell/output.ts";
import { type Call, plainCall } from "./plain_call.ts";

/**
 * Runs one command line.
 *
 * @param args The arguments without the program's name.
 * @param signal Aborted with the reason to stop (`Interrupted`).
 * @returns The exit code: 0 done, 1 refused or failed, 2 wrong use, 128 + n by a signal.
 */
export async function main(
  args: readonly string[],
  io: Io,
  signal: AbortSignal,
  groups: readonly CommandEntry[] = COMMANDS,
): Promise<number> {
  const seen = glance(args);
  let output = new Output(io, seen.print);
  const run = async (): Promise<number> => {
    if (seen.words.length === 0 && args.includes("--version")) {
      const { builtCommit, VERSION, versionLine } = await import("../shell/version.ts");
      const commit = await builtCommit();
      await output.document("version", { version: VERSION, commit }, versionLine(commit));
      return 0;
    }
    const call = await parse(args, groups, seen.words, io, output);
    if (call === null) return 0;
    const globals = globalsOf(call.globals);
    if (globals.dryRun && call.spec.dryRun !== true) {
      const { noDryRun } = await import("./no_dry_run.ts");
      throw new UsageError(
        `'crosstown ${call.path}' has no --dry-run: ${
          noDryRun(call.path) ?? "it only reads"
        }; nothing was done`,
        "run it without --dry-run; the --help of a command says whether it has the flag",
      );
    }
    output = new Output(io, {
      mode: globals.output,
      quiet: globals.quiet,
      verbose: globals.verbose,
    });
    const exitCode = await call.spec.run!({
      args: new Given(call.args, (name) => `argument ${name}`),
      options: new Given(call.options, (name) => `--${kebabCase(name)}`),
      globals,
      output,
      io,
      signal,
    });
    return exitCode ?? 0;
  };
  try {
    const exitCode = await run();
    await output.flush();
    return exitCode;
  } catch (error) {
    const failure = describeFailure(signal.aborted && isAbort(error) ? signal.reason : error);
    // After 'mayor attach | head' has ended, nobody reads further lines.
    if (!endedByReader(error, signal)) await printFailure(output, failure);
    return failure.exitCode;
  }
}

/** Whether the command ended because nobody reads its results any more: the pipe or the terminal is closed. */
function endedByReader(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && isAbort(error) && reason instanceof Interrupted && reason.signal === "SIGHUP";
}

async function parse(
  args: readonly string[],
  groups: readonly CommandEntry[],
  words: readonly string[],
  io: Io,
  output: Output,
): Promise<Call | null> {
  const loaded = new Map<string, CommandSpec>();
  const wanted = words[0] === "help" ? words[1] : words[0];
  const group = groups.find(({ name }) => name === wanted);
  if (group !== undefined) {
    const { command } = await group.load();
    const plain = words[0] === "help" ? null : plainCall(command, args);
    if (plain !== null) return plain;
    loaded.set(group.name, command);
  }
  const spec = group && loaded.get(group.name);
  const line = words[0] === "help"
    ? (await import("./help_line.ts")).helpLine(words.slice(1), spec)
    : args.length === 0
    ? ["--help"]
    : args;
  const look = { bold: (text: string) => output.style("bold", text), columns: io.columns };
  // flush() reports a failure.
  const write = (text: string) => void output.bytes(new TextEncoder().encode(text)).catch(() => {});
  const { plainHelp } = await import("./help_text.ts");
  const help = plainHelp(groups, spec, line, look);
  if (help !== null) {
    write(help);
    return null;
  }
  const { buildParser } = await import("./program.ts");
  return buildParser(groups, loaded, { ...look, write })(line);
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
