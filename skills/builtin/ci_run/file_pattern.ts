/**
 * Patterns of files: `*` is any part of a name, `?` one character, `**` any number of folders. A pattern comes from a buyer and is not
 * trusted, so a match never takes more steps than pattern length times path length.
 *
 * @module
 */
import { SkillError } from "../../skill_error.ts";

/** The most patterns of a request. */
const MAX_PATTERNS = 16;
const MAX_CHARACTERS = 200;

/** Reads patterns, one per line. Throws SkillError `bad_input` if a pattern is absolute, contains `..` or is too long. */
export function readPatterns(text: string): string[] {
  const patterns = text.split("\n").filter((each) => each !== "");
  if (patterns.length > MAX_PATTERNS) {
    throw new SkillError("bad_input", `param artifacts has at most ${MAX_PATTERNS} patterns`);
  }
  for (const pattern of patterns) {
    const parts = pattern.split("/");
    // deno-lint-ignore no-control-regex
    const isOdd = /[\u0000-\u001f\u007f\\]/.test(pattern) || pattern.length > MAX_CHARACTERS;
    if (isOdd || parts.some((part) => ["", ".", ".."].includes(part))) {
      throw new SkillError(
        "bad_input",
        `an artifact is a pattern of files below the project, e.g. dist/**, not ${
          JSON.stringify(pattern.slice(0, 60))
        }`,
      );
    }
  }
  return patterns;
}

/**
 * Whether a relative path matches a pattern. A pattern that ends with `**` matches all files below.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fits } from "./file_pattern.ts";
 *
 * assert.ok(fits("dist/**", "dist/a/b.js"));
 * assert.ok(fits("a?/*.log", "ab/x.log"));
 * assert.ok(!fits("*.log", "a/x.log"));
 * ```
 */
export function fits(pattern: string, path: string): boolean {
  const [wanted, parts] = [pattern.split("/"), path.split("/")];
  // reach[j]: the pattern so far matches the first j parts of the path.
  let reach = parts.map(() => false);
  reach.unshift(true);
  for (const want of wanted) {
    const next = reach.map(() => false);
    if (want === "**") {
      let any = false;
      reach.forEach((can, at) => next[at] = any ||= can);
    } else {
      parts.forEach((part, at) => next[at + 1] = reach[at] && nameFits(want, part));
    }
    reach = next;
  }
  return reach[parts.length];
}

/** Matches one name. After a mismatch it goes back only to the last `*`, which is sufficient. */
function nameFits(want: string, name: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    if (from < want.length && want[from] === "*") {
      star = from++;
      mark = at;
    } else if (from < want.length && (want[from] === "?" || want[from] === name[at])) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++mark;
    } else return false;
  }
  while (want[from] === "*") from++;
  return from === want.length;
}
