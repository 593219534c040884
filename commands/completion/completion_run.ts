/**
 * Prints the completion scripts and the values that these scripts ask for.
 *
 * @module
 */
import { COMMANDS } from "../command_table.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { GLOBAL_OPTIONS } from "../../shell/globals.ts";
import { HOME_VALUES } from "../../shell/option_spec.ts";
import { bashScript } from "./bash.ts";
import { commandTree, optionFacts } from "./command_tree.ts";
import { fishScript } from "./fish.ts";
import { powershellScript } from "./powershell.ts";
import { completionTables, type Tables } from "./tables.ts";
import { homeValues } from "./values.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS: Readonly<
  Record<"bash" | "zsh" | "fish" | "powershell", (tables: Tables) => string>
> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** Prints the script of a shell. */
export async function script(
  { output }: Invocation,
  shell: keyof typeof SCRIPTS,
): Promise<void> {
  const tables = completionTables(await commandTree(COMMANDS), GLOBAL_OPTIONS.map(optionFacts));
  const text = SCRIPTS[shell](tables);
  await output.document("completion", { shell, script: text }, text);
}

/** Prints the words that the home has for a source, e.g. its job ids. */
export async function values(invocation: Invocation): Promise<void> {
  const named = invocation.args.required("source");
  const source = HOME_VALUES.find((known) => known === named);
  if (source === undefined) {
    throw new UsageError(`there is no source ${named}`, `one of ${HOME_VALUES.join(", ")}`);
  }
  const found = await homeValues(invocation, source);
  const lines = found.map(({ word, summary }) => `${word}\t${summary}`);
  await invocation.output.document(
    "completion-values",
    { values: found },
    () => lines.join("\n"),
    found.map(({ word, summary }) => ({ word, summary })),
  );
}
