/**
 * The tables that a completion script looks into: by the path of a command its commands, its flags, and what a value may be. They
 * are the same for every shell; only how they are written down differs.
 *
 * @module
 */
import type { CommandFacts, OptionFacts } from "./command_tree.ts";
import type { ValueSource } from "../../shell/option_spec.ts";

/** A word that is offered, with its line of help. */
export interface Offer {
  readonly word: string;
  readonly summary: string;
}

/** What a script knows. The path of the program itself is empty. */
export interface Tables {
  /** Path to the commands in it. */
  readonly commands: ReadonlyMap<string, readonly Offer[]>;
  /** Path to its own flags; those of every command are at the empty path. */
  readonly flags: ReadonlyMap<string, readonly Offer[]>;
  /** `path flag` (` flag` for those of every command) to what its value may be; a switch is not here. */
  readonly flagValues: ReadonlyMap<string, string>;
  /** `path number` to what that argument may be; the last is `path *` where it repeats. */
  readonly argValues: ReadonlyMap<string, string>;
  /** Another name's path to the path that the other tables have. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * A value's source in one word, as the scripts have it: `@file`, `@folder`, `@job` and the like are asked for, `=a b c` are the words
 * themselves, and `-` is free text.
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
    // A command that does something itself may have commands too.
    commands.set(parent, [...commands.get(parent) ?? [], offer]);
    for (const alias of command.aliases) aliases.set(alias, path);
    flags.set(path, command.options.flatMap(flagOffers));
    noteValues(path, command.options);
    command.args.forEach(({ repeat, values }, i) =>
      argValues.set(`${path} ${repeat ? "*" : i + 1}`, sourceText(values))
    );
  }
  // `help` is the parser's own, and takes the words of a command.
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
