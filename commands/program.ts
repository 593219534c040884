/**
 * Builds the parser (commander) from command specifications.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { nearestWord } from "../base/config_error.ts";
import type { CommandSpec } from "../shell/command.ts";
import type { OptionSpec } from "../shell/option_spec.ts";
import type { CommandEntry } from "./command_table.ts";
import { commandHelp, type HelpLook, rootHelp, VERSION_OPTION } from "./help_text.ts";
import type { Call } from "./plain_call.ts";
import { UsageError } from "../shell/errors.ts";
import { GLOBAL_OPTIONS } from "../shell/globals.ts";

/** Where the parser writes help, and whether it may use colour. */
interface ParserOutput extends HelpLook {
  readonly write: (text: string) => void;
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
  for (const option of [...GLOBAL_OPTIONS, VERSION_OPTION]) program.addOption(toOption(option));
  program.configureHelp({ formatHelp: () => rootHelp(groups, parserOutput) });

  const declare = (parent: Command, parents: readonly CommandSpec[], spec: CommandSpec) => {
    const specs = [...parents, spec];
    const path = specs.map(({ name }) => name).join(" ");
    const command = parent.command(spec.name).copyInheritedSettings(parent)
      .configureHelp({ formatHelp: () => commandHelp(specs, parserOutput) });
    if (spec.aliases) command.aliases([...spec.aliases]);
    for (const arg of spec.args ?? []) command.argument(arg.name, arg.summary);
    for (const option of spec.options ?? []) command.addOption(toOption(option));
    for (const child of spec.commands ?? []) declare(command, specs, child);
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
    if (spec !== undefined) declare(program, [], spec);
    else program.command(group.name).copyInheritedSettings(program);
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

function configure(program: Command, { write }: ParserOutput): void {
  program.exitOverride(exitAs(""));
  program.configureOutput({
    writeOut: write,
    writeErr: () => {},
    outputError: () => {},
    getOutHasColors: () => true,
    getErrHasColors: () => false,
  });
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

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
