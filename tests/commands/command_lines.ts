/** Command lines as people read them, given to the program's own parser. */
import { COMMANDS } from "../../commands/command_table.ts";
import { buildParser } from "../../commands/program.ts";
import type { CommandSpec } from "../../shell/command.ts";

/** Every command of the table. */
export const loaded: ReadonlyMap<string, CommandSpec> = new Map(
  await Promise.all(
    COMMANDS.map(async ({ name, load }) => [name, (await load()).command] as const),
  ),
);

/** The arguments that the shell would give the program, without the commands that are piped into it or from it. */
export function wordsOf(line: string): string[] {
  const substituted = /\$\((crosstown [^)]*)\)/.exec(line)?.[1] ?? line;
  const [own] = substituted.split("|").map((part) => part.trim())
    .filter((part) => /^(\w+=\S+ )*crosstown /.test(part));
  const words: string[] = (own ?? "").replace(/ [<>] ?\S+/g, "")
    .match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.slice(words.indexOf("crosstown") + 1).map((word) => word.replace(/["']/g, ""));
}

/** The path of the command that would run. Throws the error that a user would see. */
export function parsed(words: readonly string[]): string | undefined {
  const parser = buildParser(COMMANDS, loaded, {
    write: () => {},
    bold: (text) => text,
    columns: 80,
  });
  return parser(words)?.path;
}

/**
 * The command lines of a page in Markdown: lines of its code blocks and pieces of code in its text that begin with `crosstown` and
 * a command. `a|b` is a line for each, without what stands in `[]`.
 */
export function linesOf(markdown: string): string[] {
  const blocks: string[] = [];
  const text = markdown.replace(/^```[^\n]*\n([^]*?)^```$/gm, (_, block: string) => {
    blocks.push(...block.replaceAll("\\\n", " ").split("\n"));
    return "";
  });
  const shell = blocks.map((line) => line.trim().replace(/^\$ /, "").split(/\s+# /)[0])
    .map((line) => line.replace(/^(\w+=\S+ )*deno task (-q )?crosstown /, "crosstown "))
    .filter((line) => /^(\w+=\S+ )*crosstown [a-z-]|[(|] ?crosstown [a-z-]/.test(line))
    .flatMap((line) => /^[^"']* [a-z]+\|[a-z]/.test(line) ? alternatives(line) : [line]);
  const spans = [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code.replace(/\s+/g, " "))
    .filter((code) => /^(\w+=\S+ )*crosstown [a-z-]/.test(code))
    .flatMap(alternatives);
  return [...shell, ...spans];
}

/** `x a|b` is `x a` and `x b`; a pipe between spaces is the shell's. */
function alternatives(code: string): string[] {
  const words = code.replace(/\[[^\]]*\]/g, "").split(" ").filter((word) => word !== "");
  return words.reduce(
    (lines, word) =>
      lines.flatMap((line) => word.split(/(?<=.)\|(?=.)/).map((each) => `${line} ${each}`.trim())),
    [""],
  );
}
