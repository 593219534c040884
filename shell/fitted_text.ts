/**
 * Text that fits into the width of a terminal, so that the terminal does not break it in the middle of a word or of a row. Without a
 * terminal the width is infinite, and nothing is changed.
 *
 * @module
 */
import { alignedText } from "./output.ts";

/**
 * A table with a head. If it is too wide, columns go until it fits: first those without a value, then the others of `mayGo`, in its order.
 * A last line names them. A column that is not in `mayGo` stays.
 *
 * @param rows the head, then the rows; `-` is no value
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fittedTable } from "./fitted_text.ts";
 *
 * const rows = [["JOB", "STATUS", "EXIT"], ["job-5abc123", "success", "-"]];
 * assert.equal(fittedTable(rows, 80, ["EXIT"]), "JOB          STATUS   EXIT\njob-5abc123  success  -");
 * assert.equal(
 *   fittedTable(rows, 24, ["STATUS", "EXIT"]),
 *   "JOB          STATUS\njob-5abc123  success\n(too narrow for EXIT:\n--output csv has all)",
 * );
 * ```
 */
export function fittedTable(
  rows: readonly (readonly string[])[],
  width: number,
  mayGo: readonly string[],
): string {
  const [head] = rows;
  const at = (name: string) => head.indexOf(name);
  const isEmpty = (name: string) => rows.slice(1).every((cells) => cells[at(name)] === "-");
  const order = [...mayGo.filter(isEmpty), ...mayGo.filter((name) => !isEmpty(name))];
  const gone: string[] = [];
  let table = alignedText(rows);
  while (widthOf(table) > width && order.length > 0) {
    gone.push(order.shift()!);
    table = alignedText(rows.map((cells) => cells.filter((_, i) => !gone.includes(head[i]))));
  }
  if (gone.length === 0) return table;
  const told = `(too narrow for ${gone.join(", ")}: --output csv has all)`;
  return `${table}\n${folded(told, width, 0)}`;
}

/**
 * Breaks a text between words so that it fits beside what is on its left.
 *
 * @param indent the columns on the left; further lines begin with as many spaces
 */
export function folded(text: string, width: number, indent: number): string {
  const room = width - indent;
  if (text.length <= room || room < MIN_ROOM) return text;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** With less room than this, a text is not broken. */
const MIN_ROOM = 20;

function widthOf(table: string): number {
  return Math.max(...table.split("\n").map((line) => line.length));
}
