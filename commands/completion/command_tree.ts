/**
 * Every command as plain data: what `crosstown commands` prints and what a shell's completion is made of.
 *
 * @module
 */
import type { CommandEntry } from "../command_table.ts";
import type { ArgSpec, CommandSpec, Effect, ExampleSpec } from "../../shell/command.ts";
import type { HomeValues, OptionSpec, ValueSource } from "../../shell/option_spec.ts";

/** An argument of a command. */
interface ArgFacts {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** It takes all words that are left. */
  readonly repeat: boolean;
  /** What a shell offers; null where nothing can be known. */
  readonly values: ValueSource | null;
}

/** A flag. */
export interface OptionFacts {
  /** `--limit`. */
  readonly name: string;
  /** `-n`; null for most. */
  readonly short: string | null;
  /** What its value is called, `count`; null for a switch. */
  readonly value: string | null;
  readonly summary: string;
  readonly repeat: boolean;
  readonly choices: readonly string[] | null;
  readonly default: string | null;
  /** What a shell offers for the value; null where nothing can be known. */
  readonly values: ValueSource | null;
}

/** A command, or a group of commands. */
export interface CommandFacts {
  /** `job submit`. */
  readonly path: string;
  /** Its other names, each a whole path. */
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly args: readonly ArgFacts[];
  readonly options: readonly OptionFacts[];
  /** Null for a group, which does nothing itself. */
  readonly effect: Effect | null;
  readonly dryRun: boolean;
  /** With `--output json` it prints one document a line. */
  readonly lines: boolean;
  readonly examples: readonly ExampleSpec[];
}

/** Loads every group; groups stand before their commands, in the order of the help. */
export async function commandTree(groups: readonly CommandEntry[]): Promise<CommandFacts[]> {
  const loaded = await Promise.all(groups.map(({ load }) => load()));
  return loaded.flatMap(({ command }) => factsOf(command, ""));
}

function factsOf(spec: CommandSpec, parent: string): CommandFacts[] {
  const path = `${parent}${spec.name}`;
  const own: CommandFacts = {
    path,
    aliases: (spec.aliases ?? []).map((alias) => `${parent}${alias}`),
    summary: spec.summary,
    description: spec.description ?? spec.summary,
    args: (spec.args ?? []).map(argFacts),
    options: (spec.options ?? []).map(optionFacts),
    effect: spec.effect ?? null,
    dryRun: spec.dryRun === true,
    lines: spec.lines === true,
    examples: spec.examples ?? [],
  };
  return [own, ...(spec.commands ?? []).flatMap((child) => factsOf(child, `${path} `))];
}

function argFacts({ name, summary, values }: ArgSpec): ArgFacts {
  const word = name.replace(/[<>[\].]/g, "");
  return {
    name: word,
    summary,
    required: name.startsWith("<"),
    repeat: name.includes("..."),
    values: values ?? BY_PLACEHOLDER[word] ?? null,
  };
}

/** An option as data; also of the flags that every command takes. */
export function optionFacts(spec: OptionSpec): OptionFacts {
  const value = /<(.+)>$/.exec(spec.flags)?.[1] ?? null;
  return {
    name: /--[a-z0-9-]+/.exec(spec.flags)![0],
    short: /^-[a-zA-Z]\b/.exec(spec.flags)?.[0] ?? null,
    value,
    summary: spec.summary,
    repeat: spec.repeat === true,
    choices: spec.choices ?? null,
    default: spec.default ?? null,
    values: spec.values ?? spec.choices ?? (value === null ? null : BY_PLACEHOLDER[value] ?? null),
  };
}

/** What a value is, by the name that help gives it. */
const BY_PLACEHOLDER: Readonly<Record<string, "file" | "folder" | HomeValues>> = {
  file: "file",
  dir: "folder",
  path: "folder",
  channel: "channel",
  job: "job",
  profile: "network",
};
