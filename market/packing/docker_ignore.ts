/**
 * Decides which files a `.dockerignore` excludes. Unlike in a `.gitignore`, each pattern is relative to the folder itself, and a pattern
 * without a slash matches only names at the top. The last matching pattern decides.
 *
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 * @module
 */
import { InputError } from "./input_error.ts";

/**
 * Reads the file. The returned function says whether a relative path (with `/`) is excluded.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dockerIgnore } from "./docker_ignore.ts";
 *
 * const ignored = dockerIgnore("*.log\nsecrets\n!secrets/public\n");
 * assert.deepEqual(["a.log", "sub/a.log", "secrets/key", "secrets/public"].map(ignored), [true, false, true, false]);
 * ```
 *
 * @throws {InputError} `bad_input` for a pattern that cannot be read, because the files that it should exclude must not be sent
 */
export function dockerIgnore(text: string): (path: string) => boolean {
  const rules = text.replace(/^\uFEFF/, "").split("\n").flatMap(ruleOf);
  return (path) => {
    const folders = path.split("/").map((_, at, parts) => parts.slice(0, at + 1).join("/"));
    let ignored = false;
    for (const { pattern, except } of rules) {
      if (ignored === except && folders.some((each) => pattern.test(each))) ignored = !except;
    }
    return ignored;
  };
}

interface Rule {
  readonly pattern: RegExp;
  readonly except: boolean;
}

function ruleOf(line: string): Rule[] {
  if (line.startsWith("#")) return [];
  const trimmed = line.trim();
  const except = trimmed.startsWith("!");
  const parts: string[] = [];
  for (const part of (except ? trimmed.slice(1).trim() : trimmed).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  if (parts.length === 0) return [];
  return [{ pattern: regexOf(parts.join("/")), except }];
}

function regexOf(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (pattern.startsWith("**", at)) {
      at++;
      if (pattern[at + 1] === "/") {
        at++;
        source += "(?:.*/)?";
      } else source += ".*";
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[" && pattern.indexOf("]", at + 2) > 0) {
      const end = pattern.indexOf("]", at + 2);
      source += `[${pattern.slice(at + 1, end).replaceAll(/[[\\]/g, "\\$&")}]`;
      at = end;
    } else {
      const literal = char === "\\" && at + 1 < pattern.length ? pattern[++at] : char;
      source += literal.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  try {
    return new RegExp(`^${source}$`, "su");
  } catch (cause) {
    throw new InputError(
      "bad_input",
      `.dockerignore holds a pattern that cannot be read: ${pattern}`,
      {
        cause,
        suggestion: "Correct the pattern",
      },
    );
  }
}
