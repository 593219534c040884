/**
 * `crosstown commands`: lists every command, for people and for programs.
 *
 * @module
 */
import { COMMANDS } from "../command_table.ts";
import { commandTree, optionFacts } from "./command_tree.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { GLOBAL_OPTIONS } from "../../shell/globals.ts";
import { folded } from "../../shell/fitted_text.ts";
import { alignedText } from "../../shell/output.ts";

/** `crosstown commands`. */
export const command: CommandSpec = {
  name: "commands",
  summary: "list every command with its flags, and whether it reads, changes or spends",
  description:
    "EFFECT is the most that a command can do: read only, change this home or a process, or spend tokens, gas or a " +
    "balance. With --output json (or --json) also arguments, flags, defaults and examples.",
  options: [{ flags: "--json", summary: "the same as --output json" }],
  examples: [
    { command: "crosstown commands" },
    { command: "crosstown commands --json", note: "for an agent or a program" },
  ],
  effect: "reads",
  run: show,
};

/** Version of the document. It increases when a field is removed or changes its meaning. */
const VERSION = 1;

async function show({ output, options }: Invocation): Promise<void> {
  const tree = await commandTree(COMMANDS);
  const document = {
    version: VERSION,
    global_options: GLOBAL_OPTIONS.map((option) => snaked(optionFacts(option))),
    commands: tree.filter(({ effect }) => effect !== null).map(snaked),
  };
  if (options.on("json")) return await output.documentLine("commands", document);
  const rows = tree.filter(({ effect }) => effect !== null).map((one) => ({
    command: one.path,
    effect: one.effect,
    dry_run: one.dryRun,
    summary: one.summary,
  }));
  await output.document("commands", document, () => {
    const facts = rows.map(({ command, effect, dry_run, summary }) => [
      command,
      String(effect),
      dry_run ? "yes" : "",
      summary,
    ]);
    return summariesFolded(
      [["COMMAND", "EFFECT", "DRY RUN", "WHAT IT DOES"], ...facts],
      output.width,
    );
  }, rows);
}

/** A table whose last column goes on below itself where a line is longer than the terminal is wide. */
function summariesFolded(lines: readonly (readonly string[])[], width: number): string {
  const indent = lines[0].slice(0, -1).reduce(
    (sum, _, column) => sum + 2 + Math.max(...lines.map((cells) => cells[column].length)),
    0,
  );
  return alignedText(lines.map((cells) => [
    ...cells.slice(0, -1),
    folded(cells[cells.length - 1], width, indent),
  ]));
}

/** Converts field names to snake case, as in other documents. */
function snaked<Facts extends object>(facts: Facts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      Array.isArray(value)
        ? value.map((one) => one !== null && typeof one === "object" ? snaked(one) : one)
        : value,
    ]),
  );
}
