/**
 * `crosstown help WORDS`: the command line that shows the help of the command that the words name.
 *
 * @module
 */
import { childOf, type CommandSpec } from "../shell/command.ts";

/**
 * The words with `--help` behind the command that they name. If a word names no command, the words up to it: the parser refuses them, and
 * proposes a command.
 *
 * @param words What stands behind `help`.
 * @param group The group that the first word names; undefined if it names none.
 */
export function helpLine(words: readonly string[], group: CommandSpec | undefined): string[] {
  if (words.length === 0) return ["--help"];
  if (group === undefined) return [words[0]];
  const path = [group.name];
  let spec = group;
  for (const word of words.slice(1)) {
    const child = childOf(spec, word);
    if (child === undefined) {
      if (spec.commands?.length && spec.run === undefined) return [...path, word];
      break;
    }
    path.push(child.name);
    spec = child;
  }
  return [...path, "--help"];
}
