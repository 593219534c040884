/**
 * Finds the base images of a Containerfile, so that the build can be refused if one is missing. It reads only the instructions that name
 * images:
 * `ARG` before the first `FROM`, `FROM`, and `COPY --from`. The engine reads the rest.
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
    const image = substitute(name, known);
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

/** The instructions, with continued lines joined and without comments. */
function instructions(text: string): string[] {
  const lines: string[] = [];
  let open = "";
  const escape = /^#\s*escape\s*=\s*`\s*$/im.test(text.split("\n", 3).join("\n")) ? "`" : "\\";
  for (const raw of text.split(/\r?\n/).slice(0, MAX_LINES)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line.endsWith(escape)) {
      open += `${line.slice(0, -1)} `;
      continue;
    }
    lines.push((open + line).trim());
    open = "";
  }
  if (open !== "") lines.push(open.trim());
  return lines;
}

function define(
  part: string,
  known: Map<string, string>,
  args: Readonly<Record<string, string>>,
): void {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/.exec(part) ?? [];
  if (name === undefined) return;
  const given = Object.hasOwn(args, name) ? args[name] : undefined;
  const found = given ?? value?.replaceAll(/^["']|["']$/g, "");
  if (found !== undefined) known.set(name, found);
}

function substitute(name: string, known: ReadonlyMap<string, string>): string {
  return name.replaceAll(
    /\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})/g,
    (whole, plain, braced, otherwise) => known.get(plain ?? braced) ?? otherwise ?? whole,
  );
}
