/**
 * Reads the front matter of a `SKILL.md`, with the part of YAML that such files use. Pure.
 *
 * It accepts `key: value` with plain, single- and double-quoted texts, block texts (`|`, `>`), one level of nested keys, and `{a: b}`. It
 * refuses a list, an anchor, a tag or a duplicate key, and names the line. So two readers never understand the same file differently.
 *
 * @see https://agentskills.io/specification
 * @module
 */
import { mistake, type Place } from "./format_error.ts";

/** A value and the line of its key. */
export interface FrontField {
  /** A text, or the texts of nested keys. */
  readonly value: string | ReadonlyMap<string, string>;
  /** The line of the key, from 1. */
  readonly line: number;
}

/** A file with front matter. */
interface FrontMatter {
  /** The fields by key, in the order of the file. */
  readonly fields: ReadonlyMap<string, FrontField>;
  /** The text after the front matter. */
  readonly body: string;
}

const KEY = /^([A-Za-z][A-Za-z0-9_-]*):(?:[ \t]+(.*))?$/;

/** Reads a file. Throws SkillError `bad_manifest` with file and line. */
export function parseFrontMatter(text: string, file: string): FrontMatter {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines[0] !== "---") {
    mistake({ file, line: 1 }, "it must begin with a line --- and front matter");
  }
  const end = lines.indexOf("---", 1);
  if (end < 0) mistake({ file, line: 1 }, "the front matter has no end: a line ---");
  const fields = new Map<string, FrontField>();
  for (let at = 1; at < end;) {
    const line = at + 1;
    if (isBlank(lines[at])) {
      at++;
      continue;
    }
    const [key, rest] = keyOf(lines[at], { file, line });
    if (fields.has(key)) mistake({ file, line }, `${key} is given twice`);
    let below = at + 1;
    while (below < end && (isBlank(lines[below]) || /^[ \t]/.test(lines[below]))) below++;
    const inner = lines.slice(at + 1, below);
    fields.set(key, { value: valueOf(key, rest, inner, { file, line }), line });
    at = below;
  }
  return { fields, body: lines.slice(end + 1).join("\n") };
}

function valueOf(
  key: string,
  rest: string,
  inner: readonly string[],
  place: Place,
): FrontField["value"] {
  if (/^[|>][+-]?$/.test(rest)) return block(rest, inner);
  const deeper = inner.some((line) => !isBlank(line));
  if (rest === "" && deeper) return nested(inner, place);
  if (deeper) mistake({ ...place, line: place.line + 1 }, `this line belongs to no key of ${key}`);
  return rest.startsWith("{") ? flow(rest, place) : scalar(rest, place);
}

function keyOf(text: string, place: Place) {
  const found = KEY.exec(text.trimEnd());
  if (found === null) mistake(place, "a line of the front matter is 'key: value'");
  return [found![1], (found![2] ?? "").trim()] as const;
}

function nested(
  inner: readonly string[],
  { file, line }: Place,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let indent = -1;
  for (const [at, text] of inner.entries()) {
    if (isBlank(text)) continue;
    const place = { file, line: line + 1 + at };
    const own = text.search(/[^ ]/);
    if (indent < 0) indent = own;
    if (own !== indent || text[own] === "\t") {
      mistake(place, "its indent is not that of its neighbours");
    }
    const [key, rest] = keyOf(text.slice(own), place);
    if (found.has(key)) mistake(place, `${key} is given twice`);
    found.set(key, scalar(rest, place));
  }
  return found;
}

function flow(
  text: string,
  place: Place,
): ReadonlyMap<string, string> {
  const inside = /^\{(.*)\}$/.exec(text.replace(/\s+#.*$/, ""))?.[1];
  if (inside === undefined) mistake(place, "a { has no } on its line");
  const found = new Map<string, string>();
  for (const part of inside!.split(",")) {
    if (part.trim() === "") continue;
    const [key, rest] = keyOf(part.trim(), place);
    if (found.has(key)) mistake(place, `${key} is given twice`);
    found.set(key, scalar(rest, place));
  }
  return found;
}

function scalar(text: string, place: Place): string {
  if (text.startsWith('"')) {
    const found = /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(text);
    try {
      if (found !== null) return JSON.parse(found[1]);
    } catch {
      // Reported below.
    }
    mistake(place, 'a text in "double quotes" does not end, or has an unknown escape');
  }
  if (text.startsWith("'")) {
    const found = /^'((?:[^']|'')*)'\s*(?:#.*)?$/.exec(text);
    if (found === null) mistake(place, "a text in 'single quotes' does not end");
    return found![1].replaceAll("''", "'");
  }
  const plain = text.replace(/(^|\s)#.*$/, "").trimEnd();
  if (/^[[\]{}&*!|>%@`,?]|^- /.test(plain) || /:(\s|$)/.test(plain)) {
    mistake(
      place,
      "lists, anchors and texts with ': ' are not supported: write the text in quotes",
    );
  }
  return plain;
}

/** A text of several lines. `|` keeps line ends, `>` replaces them by spaces. */
function block(how: string, inner: readonly string[]): string {
  const indent = Math.min(
    ...inner.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)),
  );
  const lines = inner.map((line) => line.slice(indent));
  const text = how.startsWith("|")
    ? lines.join("\n")
    : lines.join("\n").replaceAll(/([^\n])\n(?=[^\n])/g, "$1 ");
  return text.trimEnd();
}

function isBlank(line: string): boolean {
  return /^\s*(#.*)?$/.test(line);
}
