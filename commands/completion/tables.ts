/**
 * The tables that a completion script reads. For each command path they list its subcommands, its flags and its possible values. They are
 * the same for every shell; each shell only writes them in its own syntax.
 *
 * @module
 */
import type { CommandFacts, OptionFacts } from "./command_tree.ts";
import type { ValueSource } from "../../shell/option_spec.ts";

/** A word that the shell offers, with its line of help. */
export interface Offer {
  readonly word: string;
  readonly summary: string;
}

/** The tables of a script. The path of the program itself is empty. */
export interface Tables {
  /** From a path to its subcommands. */
  readonly commands: ReadonlyMap<string, readonly Offer[]>;
  /** From a path to its own flags. The flags of every command have the empty path. */
  readonly flags: ReadonlyMap<string, readonly Offer[]>;
  /** From `path flag` to the source of its value; ` flag` stands for the flags of every command. Switches are left out. */
  readonly flagValues: ReadonlyMap<string, string>;
  /** From `path number` to the source of that argument. `path *` stands for a repeated last argument. */
  readonly argValues: ReadonlyMap<string, string>;
  /** From an alias to the path that the other tables use. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * A value's source as one word of the scripts. For `@file`, `@folder`, `@job` and so on the script asks; `=a b c` lists the words; `-` is
 * free text.
 */
function sourceText(values: ValueSource | null): string {
  if (values === null) return "-";
  return typeof values === "string" ? `@${values}` : `=${values.join(" ")}`;
}

/** The tables of these commands. `globals` are the flags of every command. */
export function completionTables(
  tree: readonly CommandFacts[],
  globals: readonly OptionFacts[],
): Tables {
  const commands = new Map<string, Offer[]>([["", []]]);
  const flags = new Map<string, Offer[]>([["", globals.flatMap(flagOffers)]]);
  const flagValues = new Map<string, string>();
  const argValues = new Map<string, string>();
  const aliases = new Map<string, string>();
  const noteValues = (path: string, options: readonly OptionFacts[]) => {
    for (const { name, short, value, values } of options) {
      if (value === null) continue;
      for (const flag of short === null ? [name] : [name, short]) {
        flagValues.set(`${path} ${flag}`, sourceText(values));
      }
    }
  };
  noteValues("", globals);
  for (const command of tree) {
    const { path } = command;
    const parent = path.includes(" ") ? path.slice(0, path.lastIndexOf(" ")) : "";
    const offer = { word: path.slice(path.lastIndexOf(" ") + 1), summary: command.summary };
    // A command that can be run itself may also have subcommands.
    commands.set(parent, [...commands.get(parent) ?? [], offer]);
    for (const alias of command.aliases) aliases.set(alias, path);
    flags.set(path, command.options.flatMap(flagOffers));
    noteValues(path, command.options);
    command.args.forEach(({ repeat, values }, i) =>
      argValues.set(`${path} ${repeat ? "*" : i + 1}`, sourceText(values))
    );
  }
  // The parser adds `help`, whose argument is a command.
  commands.get("")!.push({ word: "help", summary: "show the help of a command" });
  argValues.set("help *", `=${commands.get("")!.map(({ word }) => word).join(" ")}`);
  flags.set("help", []);
  return { commands, flags, flagValues, argValues, aliases };
}

function flagOffers({ name, short, summary }: OptionFacts): Offer[] {
  return short === null ? [{ word: name, summary }] : [{ word: name, summary }, {
    word: short,
    summary,
  }];
}
