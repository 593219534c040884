/**
 * The cells that a text takes on a terminal. The result is that of `string-width`, whose rules these are, but what finds clusters of characters
 * is made only for texts that may have some: it takes a dashboard 4 MB, and most dashboards show none.
 *
 * @see https://github.com/sindresorhus/string-width
 * @module
 */
import { eastAsianWidth } from "get-east-asian-width";

/** Latin, Greek and Cyrillic letters, punctuation, arrows, signs, and what the dashboard draws with. */
const NARROW =
  /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2190-\u22ff\u2500-\u25fc]*$/;

/** Whether each character is a single UTF-16 unit that takes one cell. */
export function isNarrow(text: string): boolean {
  return NARROW.test(text);
}

/** The number of cells of a text without control sequences. A wide character takes two, a mark none. */
export function widthOf(text: string): number {
  if (isNarrow(text)) return text.length;
  let width = 0;
  for (const segment of segmentsOf(text)) width += widthOfCluster(segment);
  return width;
}

let segmenter: Intl.Segmenter | null = null;

/** The characters that people see, each with its marks. */
export function* segmentsOf(text: string): Iterable<string> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function widthOfCluster(cluster: string): number {
  const { none, leading, emoji } = patterns ??= makePatterns();
  if (none.test(cluster)) return 0;
  if (emoji.test(cluster)) return 2;
  // A format character that stands alone is shown.
  const visible = cluster.replace(leading, "") || cluster;
  let width = eastAsianWidth(visible.codePointAt(0)!);
  // Halfwidth and fullwidth forms after the first character have cells of their own.
  for (const form of cluster.slice(1)) {
    if (form >= "\uff00" && form <= "\uffef") width += eastAsianWidth(form.codePointAt(0)!);
  }
  return width;
}

/** Clusters that take no cell, what stands before the visible character of one, and emoji. */
type Patterns = Readonly<Record<"none" | "leading" | "emoji", RegExp>>;

let patterns: Patterns | null = null;

/** Not literals: the runtime would look their properties up when it reads the module. */
function makePatterns(): Patterns {
  const unseen = String.raw`\p{Default_Ignorable_Code_Point}\p{Control}\p{Mark}\p{Surrogate}`;
  return {
    none: new RegExp(`^[${unseen}]+$`, "v"),
    leading: new RegExp(String.raw`^[${unseen}\p{Format}]+`, "v"),
    emoji: new RegExp(String.raw`^\p{RGI_Emoji}$`, "v"),
  };
}
