/**
 * Paints text on a grid of cells, with the widths and colours that the terminal supports.
 *
 * @module
 */
import { printable } from "../../shell/output.ts";
import { isNarrow, segmentsOf, widthOf } from "./cells.ts";
import type { Tone } from "./model.ts";

/** What a terminal can show. */
export interface Abilities {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Whether a line that is too long goes on in the next row. Then it is not cut. */
  readonly folds?: boolean;
}

/** Texts side by side, each with its tone. */
export type Line = readonly (readonly [text: string, tone: Tone])[];

const CODES: Readonly<Record<Tone, string>> = {
  plain: "",
  good: "32",
  bad: "31",
  warn: "33",
  dim: "2",
};

/** A text of exactly this many cells: cut at its end, or filled with spaces. Control characters are shown as escapes. */
export function fit(text: string, cells: number, unicode = true): string {
  if (isNarrow(text)) {
    if (text.length <= cells) return text.padEnd(cells);
    return cells <= 0 ? "" : `${text.slice(0, cells - 1)}${unicode ? "…" : "~"}`;
  }
  const shown = printable(text).replaceAll("\n", " ");
  const width = widthOf(shown);
  if (width <= cells) return shown + " ".repeat(cells - width);
  const sign = unicode ? "…" : "~";
  let cut = "";
  let used = 0;
  for (const segment of segmentsOf(shown)) {
    const next = widthOf(segment);
    if (used + next > cells - 1) break;
    cut += segment;
    used += next;
  }
  return cells <= 0 ? "" : `${cut}${sign}${" ".repeat(cells - 1 - used)}`;
}

/** A line of exactly `cells` cells. Tones are written as colours if the terminal has them. */
export function paint(line: Line, cells: number, { colour, unicode }: Abilities): string {
  let left = cells;
  let painted = "";
  for (const [text, tone] of line) {
    if (left <= 0) break;
    const shown = fit(text, Math.min(left, widthOf(printable(text))), unicode);
    left -= widthOf(shown);
    painted += colour && CODES[tone] !== "" ? `\x1b[${CODES[tone]}m${shown}\x1b[0m` : shown;
  }
  return painted + " ".repeat(Math.max(0, left));
}

/** A bar that shows a share, with this many cells. */
export function bar(part: number, cells: number, { unicode }: Pick<Abilities, "unicode">): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * cells);
  const [on, off] = unicode ? ["█", "░"] : ["#", "."];
  return on.repeat(full) + off.repeat(cells - full);
}

/** `12 s`, `5 min`, `3.2 h`, `4 d`. */
export function age(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  return s < 86_400 ? `${(s / 3_600).toFixed(1)} h` : `${Math.floor(s / 86_400)} d`;
}
