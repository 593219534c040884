/**
 * Finds the base images of a Containerfile, so that the build can be refused if one is missing. It reads only the instructions that name
 * images:
 * `ARG` before the first `FROM`, `FROM`, `COPY --from`, and `RUN --mount` with `from`. The engine reads the rest.
 *
 * @see https://docs.docker.com/reference/dockerfile/
 * @module
 */

/** The most lines that are read. */
const MAX_LINES = 20_000;

/**
 * The images that a Containerfile names, each once and in order, without `scratch` and its own stages. `args` are build arguments; they
 * replace defaults. A variable without a value is left in the name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { basesOf } from "./containerfile.ts";
 *
 * const text = "ARG V=12\nFROM debian:${V} AS make\nFROM scratch\nCOPY --from=make /a /a\n";
 * assert.deepEqual(basesOf(text, {}), ["debian:12"]);
 * assert.deepEqual(basesOf(text, { V: "13" }), ["debian:13"]);
 * ```
 */
export function basesOf(text: string, args: Readonly<Record<string, string>>): string[] {
  const known = new Map<string, string>();
  const stages = new Set<string>();
  const bases = new Set<string>();
  const take = (name: string) => {
    const image = substitute(name, known).replaceAll(/["']/g, "");
    if (image !== "scratch" && !stages.has(image.toLowerCase()) && !/^\d+$/.test(image)) {
      bases.add(image);
    }
  };
  let began = false;
  for (const line of instructions(text)) {
    const [word, ...rest] = line.split(/\s+/);
    const flags = rest.filter((part) => part.startsWith("--"));
    const plain = rest.filter((part) => !part.startsWith("--"));
    switch (word.toUpperCase()) {
      case "ARG":
        if (!began) { for (const part of plain) define(part, known, args); }
        break;
      case "FROM":
        began = true;
        if (plain[0] !== undefined) take(plain[0]);
        if (plain[1]?.toUpperCase() === "AS" && plain[2]) stages.add(plain[2].toLowerCase());
        break;
      case "COPY":
        for (const flag of flags) {
          if (flag.startsWith("--from=")) take(flag.slice("--from=".length));
        }
        break;
      case "RUN":
        for (const field of mountFields(rest)) {
          if (/^from=/i.test(field)) take(field.slice("from=".length));
        }
    }
  }
  return [...bases];
}

/**
 * The test that a Containerfile defines for its image: the label `crosstown.test` of its last stage, in the form of `param test`. Null if
 * there is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { testOf } from "./containerfile.ts";
 *
 * assert.equal(testOf(`FROM scratch\nLABEL crosstown.test='["/a","test"]'\n`), '["/a","test"]');
 * assert.equal(testOf("FROM scratch\n"), null);
 * ```
 */
export function testOf(text: string): string | null {
  let test: string | null = null;
  for (const line of instructions(text)) {
    if (/^from\s/i.test(line)) test = null;
    const found = /^label\s.*?\bcrosstown\.test=(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+))/i.exec(
      line,
    );
    if (found === null) continue;
    test = found[1] ?? found[2]?.replaceAll(/\\(.)/g, "$1") ?? found[3];
  }
  return test;
}

/** The instructions, with continued lines joined, and without comments and the lines of here-documents. */
function instructions(text: string): string[] {
  const lines: string[] = [];
  const raws = text.split(/\r?\n/).slice(0, MAX_LINES);
  const endOf = hereDocuments(raws);
  let open = "";
  const escape = escapeOf(raws);
  for (let at = 0; at < raws.length; at++) {
    const line = raws[at].trimEnd();
    if (/^\s*(?:#|$)/.test(line)) continue;
    // The lines are joined as they are: a word may go on in the next one.
    if (line.endsWith(escape)) {
      open += line.slice(0, -1);
      continue;
    }
    const whole = (open + line).trim();
    lines.push(whole);
    open = "";
    at = endOf(whole, at);
  }
  if (open !== "") lines.push(open.trim());
  return lines;
}

/** The character that continues a line. Directives stand above everything else, also above other comments. */
function escapeOf(raws: readonly string[]): string {
  for (const raw of raws) {
    const [, name, value] = /^#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.*?)\s*$/.exec(raw) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === "escape") return value === "`" ? "`" : "\\";
  }
  return "\\";
}

/** A word of `RUN`, `COPY` or `ADD` that begins a here-document: `<<EOF`, `<<-EOF`, `<<"EOF"`. */
const HERE = /(?:^|\s)\d*<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_]*)\2(?=\s|$)/g;
const MAX_HERE = 16;

/**
 * Makes a function that returns the last line of the here-documents of an instruction that ends at this line. A document without an end
 * counts as none.
 */
function hereDocuments(raws: readonly string[]): (instruction: string, at: number) => number {
  const withoutTabs = raws.map((raw) => raw.replace(/^\t+/, ""));
  // The last places, so that an end that never comes is not sought.
  const [last, lastWithoutTabs] = [raws, withoutTabs].map((all) =>
    new Map(all.map((line, at) => [line, at]))
  );
  return (instruction, at) => {
    if (!/^(?:run|copy|add)\s/i.test(instruction)) return at;
    let end = at;
    for (const [, tabs, , word] of [...instruction.matchAll(HERE)].slice(0, MAX_HERE)) {
      const [all, lasts] = tabs === "" ? [raws, last] : [withoutTabs, lastWithoutTabs];
      if ((lasts.get(word) ?? -1) <= end) continue;
      while (all[++end] !== word);
    }
    return end;
  };
}

/** The fields of the mounts of a step: its first words that are options. */
function mountFields(words: readonly string[]): string[] {
  const end = words.findIndex((word) => !word.startsWith("--"));
  return words.slice(0, end < 0 ? words.length : end)
    .filter((word) => word.startsWith("--mount="))
    .flatMap((word) => word.slice("--mount=".length).split(","));
}

function define(
  part: string,
  known: Map<string, string>,
  args: Readonly<Record<string, string>>,
): void {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/.exec(part) ?? [];
  if (name === undefined) return;
  const given = Object.hasOwn(args, name) ? args[name] : undefined;
  const own = value?.replaceAll(/^["']|["']$/g, "");
  const found = given ?? (own === undefined ? undefined : substitute(own, known));
  if (found !== undefined && found.length <= MAX_NAME) known.set(name, found);
}

/** A variable: `$A`, `${A}`, and with a word for one that has no value (`-`) or has one (`+`); with `:` an empty value is none. */
const VARIABLE =
  /\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?)([-+])([^${}]*))?\})/g;
/** Words in words, as in `${A:-${B:-c}}`. */
const MAX_DEPTH = 4;
/** Characters of a name, and of an argument. Longer ones are no image's name, and arguments of arguments could become very long. */
const MAX_NAME = 1_024;

function substitute(text: string, known: ReadonlyMap<string, string>): string {
  let name = text;
  for (let depth = 0; depth < MAX_DEPTH && name.length <= MAX_NAME; depth++) {
    const before = name;
    name = name.replaceAll(VARIABLE, (whole, plain, braced, colon, sign, word) => {
      const value = known.get(plain ?? braced);
      if (sign === undefined) return value ?? whole;
      const has = value !== undefined && (colon === "" || value !== "");
      if (sign === "+") return has ? word : "";
      return has ? value : word;
    });
    if (name === before) break;
  }
  return name;
}
