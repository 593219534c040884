/**
 * Builds pieces of Markdown for a page. Without effects.
 *
 * @module
 */

/** A table of cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at].length)));
  const line = (row: readonly string[], fill = " ") =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at], fill)).join(" | ")} |`;
  return [line(head), line(head.map(() => ""), "-"), ...rows.map((row) => line(row))].join("\n");
}

/** Replaces the text between two marks. Throws if they are missing. */
export function between(text: string, mark: string, inside: string): string {
  const marks = new RegExp(`<!-- ${mark} -->[^]*?<!-- /${mark} -->`);
  return replaced(text, marks, `<!-- ${mark} -->\n\n${inside}\n\n<!-- /${mark} -->`);
}

/** Replaces the first match. Throws if there is none. */
export function replaced(
  text: string,
  pattern: RegExp,
  by: string | ((...found: string[]) => string),
): string {
  if (!pattern.test(text)) throw new Error(`nothing to generate at ${pattern}`);
  return text.replace(pattern, typeof by === "string" ? () => by : by);
}
