/**
 * Builds the parser (commander) from command specifications.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { nearestWord } from "../base/config_error.ts";
import type { CommandSpec, ExampleSpec } from "../shell/command.ts";
import type { OptionSpec } from "../shell/option_spec.ts";
import type { CommandEntry } from "./command_table.ts";
import type { Call } from "./plain_call.ts";
import { UsageError } from "../shell/errors.ts";
import { GLOBAL_OPTIONS } from "../shell/globals.ts";
import { alignedText } from "../shell/output.ts";

/** Where the parser writes help, and whether it may use colour. */
interface ParserOutput {
  readonly write: (text: string) => void;
  readonly bold: (text: string) => string;
  readonly columns: number;
}

/**
 * Builds a parser over all groups. Only the groups in `loaded` have their commands.
 *
 * @returns A function that parses arguments. It returns null if it printed help, and throws a {@link UsageError} for mistakes.
 */
export function buildParser(
  groups: readonly CommandEntry[],
  loaded: ReadonlyMap<string, CommandSpec>,
  parserOutput: ParserOutput,
): (args: readonly string[]) => Call | null {
  let call: Call | null = null;
  const program = new Command("crosstown");
  configure(program, parserOutput);
  program.description(
    "Buy and sell compute over open protocols: NIP-90 jobs, paid over Interledger.",
  );
  for (const option of GLOBAL_OPTIONS) program.addOption(toOption(option));
  program.option("--version", "show the version");
  program.addHelpText("after", examplesText(ROOT_EXAMPLES));

  const declare = (parent: Command, spec: CommandSpec, path: string) => {
    const command = parent.command(spec.name).summary(spec.summary)
      .description(flowing(spec.description ?? spec.summary) + (spec.lines ? NDJSON : ""))
      .copyInheritedSettings(parent);
    if (spec.aliases) command.aliases([...spec.aliases]);
    for (const arg of spec.args ?? []) command.argument(arg.name, arg.summary);
    for (const option of spec.options ?? []) command.addOption(toOption(option));
    if (spec.examples?.length) command.addHelpText("after", examplesText(spec.examples));
    else if (spec.commands?.length) {
      const first = `crosstown ${path} ${spec.commands[0].name} --help`;
      command.addHelpText("after", `\nEach command has its options and examples: ${first}`);
    }
    if (spec.dryRun) command.addHelpText("after", DRY_RUN_TEXT);
    for (const child of spec.commands ?? []) declare(command, child, `${path} ${child.name}`);
    command.exitOverride(exitAs(path, spec));
    if (spec.run === undefined) return;
    command.action(() => {
      const args: Record<string, unknown> = {};
      (spec.args ?? []).forEach((arg, i) => {
        args[camelCase(arg.name.replace(/[<>[\].]/g, ""))] = command.processedArgs[i];
      });
      call = { spec, path, args, options: command.opts(), globals: program.opts() };
    });
  };
  for (const group of groups) {
    const spec = loaded.get(group.name);
    if (spec !== undefined) declare(program, spec, spec.name);
    else program.command(group.name).summary(group.summary).copyInheritedSettings(program);
  }
  return (args) => {
    try {
      program.parse([...args], { from: "user" });
    } catch (error) {
      if (error instanceof CommanderError && error.exitCode === 0) return null;
      throw error;
    }
    return call;
  };
}

const DRY_RUN_TEXT =
  "\nWith --dry-run it only says what it would do. It writes nothing to the home and spends nothing.";
const NDJSON = " With --output json it prints one document a line (NDJSON), each when it happens.";

const ROOT_EXAMPLES: readonly ExampleSpec[] = [
  { command: "crosstown demo", note: "one paid job on a network of its own" },
  { command: "crosstown dev up --detach", note: "start that network and keep it" },
  { command: "crosstown job submit echo --input hello --wait", note: "a job, paid and verified" },
  { command: "crosstown doctor", note: "check what works and what does not" },
];

/** Commander's message is `error: ...`, in some cases with a second line `(Did you mean ...?)`. */
function exitAs(path: string, spec?: CommandSpec): (error: CommanderError) => never {
  const help = `see 'crosstown${path === "" ? "" : ` ${path}`} --help'`;
  return (error) => {
    if (error.exitCode === 0) throw error; // Help was shown.
    if (error.code === "commander.help") {
      const names = (spec?.commands ?? []).map(({ name }) => name).join(", ");
      const what = path === "" ? "crosstown needs a command" : `${path} needs a command: ${names}`;
      throw new UsageError(what, help);
    }
    const [first, ...rest] = error.message.split("\n");
    const guess = /\(Did you mean (.+)\?\)/s.exec(rest.join(" "))?.[1];
    throw new UsageError(
      first.replace(/^error: /, ""),
      guess === undefined ? choiceMeant(first) ?? help : `did you mean ${quoted(guess)}?`,
    );
  };
}

/** Commander's guess, e.g. `job` or `one of close, claim`, with each word in quotes. */
function quoted(guess: string): string {
  const [, some = "", words] = /^(one of )?(.+)$/s.exec(guess)!;
  return some + words.split(", ").map((word) => `'${word}'`).join(", ");
}

/** Suggests a choice for a mistyped one, by Commander's message. */
function choiceMeant(message: string): string | null {
  const [, typed, choices] =
    /argument '(.*)' is invalid\. Allowed choices are (.+)\.$/s.exec(message) ??
      [];
  const guess = typed === undefined ? null : nearestWord(typed, choices.split(", "));
  return guess === null ? null : `did you mean '${guess}'?`;
}

function configure(program: Command, { write, bold, columns }: ParserOutput): void {
  program.exitOverride(exitAs(""));
  program.configureOutput({
    writeOut: write,
    writeErr: () => {},
    outputError: () => {},
    getOutHelpWidth: () => Math.min(columns, 100),
    getErrHelpWidth: () => Math.min(columns, 100),
    getOutHasColors: () => true,
    getErrHasColors: () => false,
  });
  program.configureHelp({ styleTitle: bold, showGlobalOptions: true, sortOptions: false });
  program.showSuggestionAfterError(true);
  program.allowExcessArguments(false);
}

function toOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  if (spec.choices) option.choices([...spec.choices]);
  if (spec.default !== undefined) option.default(spec.repeat ? [spec.default] : spec.default);
  if (spec.repeat) {
    let given: string[] | null = null;
    option.argParser((value: string) => {
      // Commander's own parser would check the choices; an option with a parser of its own checks them here.
      if (spec.choices?.includes(value) === false) {
        throw new InvalidArgumentError(`Allowed choices are ${spec.choices.join(", ")}.`);
      }
      return given = [...(given ?? []), value];
    });
  }
  return option;
}

/** Joins the lines of a description, because line breaks in the source do not fit the terminal's width. Empty lines stay. */
function flowing(description: string): string {
  return description.replace(/(?<!\n)\n(?!\n)/g, " ");
}

function examplesText(examples: readonly ExampleSpec[]): string {
  const lines = examples.map(({ command, note }) =>
    note ? [`  ${command}`, `# ${note}`] : [`  ${command}`]
  );
  return `\nExamples:\n${alignedText(lines)}`;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
