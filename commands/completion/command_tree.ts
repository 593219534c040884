/**
 * Every command as plain data. `crosstown commands` prints it, and the shells' completion scripts are made from it.
 *
 * @module
 */
import type { CommandEntry } from "../command_table.ts";
import { noDryRun } from "../no_dry_run.ts";
import type { ArgSpec, CommandSpec, Effect, ExampleSpec } from "../../shell/command.ts";
import type { HomeValues, OptionSpec, ValueSource } from "../../shell/option_spec.ts";

/** An argument of a command. */
interface ArgFacts {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** True if the argument takes all remaining words. */
  readonly repeat: boolean;
  /** The words that a shell offers; null if none can be known. */
  readonly values: ValueSource | null;
}

/** A flag. */
export interface OptionFacts {
  /** The long flag, e.g. `--limit`. */
  readonly name: string;
  /** The short flag, e.g. `-n`; null for most options. */
  readonly short: string | null;
  /** Name of the option's value, e.g. `count`; null for a switch. */
  readonly value: string | null;
  readonly summary: string;
  readonly repeat: boolean;
  readonly choices: readonly string[] | null;
  readonly default: string | null;
  /** The words that a shell offers for the value; null if none can be known. */
  readonly values: ValueSource | null;
}

/** A command, or a group of commands. */
export interface CommandFacts {
  /** Full name, e.g. `job submit`. */
  readonly path: string;
  /** Its other names, each with the whole path. */
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly args: readonly ArgFacts[];
  readonly options: readonly OptionFacts[];
  /** Null for a group, which is not run itself. */
  readonly effect: Effect | null;
  readonly dryRun: boolean;
  /** Why it has no `--dry-run`; null if it has, and for a command that only reads. */
  readonly noDryRun: string | null;
  /** True if the command prints one document on each line with `--output json`. */
  readonly lines: boolean;
  readonly examples: readonly ExampleSpec[];
}

/** Loads every group. A group comes before its commands, in the order of the help. */
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
    noDryRun: noDryRun(path),
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

/** An option as data. Also used for the flags that every command takes. */
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

/** The type of a value, by the placeholder in the help. */
const BY_PLACEHOLDER: Readonly<Record<string, "file" | "folder" | HomeValues>> = {
  file: "file",
  dir: "folder",
  path: "folder",
  channel: "channel",
  job: "job",
  profile: "network",
};
