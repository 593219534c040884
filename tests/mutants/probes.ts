/**
 * A copy of the tree that reports which places a run of tests reaches, and for comparisons and arithmetic: where the
 * broken operator would have given another result. A test without such a place cannot catch the mutant.
 *
 * It covers the tests' own process, its workers and the commands that it starts, if they may write files.
 *
 * @module
 */
import { TEST_FLAGS } from "../../lint/generate/tasks.ts";
import { copyTree } from "./copy_tree.ts";
import { runDeno } from "./session.ts";
import type { Site } from "./sites.ts";

/** One test file. */
export interface TestFile {
  readonly path: string;
  /** Processor time when it ran alone. */
  readonly seconds: number;
  /** Ids of the places where it would notice something. */
  readonly sites: ReadonlySet<string>;
}

/** A test that takes more is not used. */
const LONGEST_CPU_SECONDS = 60;

/** What a run may have used after the last look at it. */
const UNSEEN_SECONDS = 1;

const MODULE = "mutant_probes.ts";

/** One such copy; test files in it are measured one after the other. */
export class ProbedTree {
  private constructor(
    private readonly path: string,
    private readonly into: string,
    private readonly sites: readonly Site[],
  ) {}

  /** `folder` exists and is empty; its creator removes it. */
  static async copy(root: string, folder: string, sites: readonly Site[]): Promise<ProbedTree> {
    const path = `${folder}/tree`;
    const into = `${folder}/seen`;
    await copyTree(root, path);
    const texts = new Map<string, string>();
    for (const { file } of sites) texts.set(file, await Deno.readTextFile(`${root}/${file}`));
    for (const [file, text] of texts) {
      await Deno.writeTextFile(`${path}/${file}`, withProbes(file, text, sites));
    }
    await Deno.writeTextFile(`${path}/${MODULE}`, probeModule(texts, sites, into));
    return new ProbedTree(path, into, sites);
  }

  /** Runs a test file alone. null: it fails or takes too long. */
  async measure(path: string): Promise<TestFile | null> {
    await Deno.writeTextFile(this.into, "");
    const { end, cpuSeconds } = await runDeno(
      ["test", ...TEST_FLAGS, path],
      this.path,
      LONGEST_CPU_SECONDS,
    );
    if (end !== "passed") return null;
    const seen = (await Deno.readTextFile(this.into)).split("\n").filter((line) => line !== "");
    return {
      path,
      seconds: cpuSeconds + UNSEEN_SECONDS,
      sites: new Set(seen.map((number) => this.sites[Number(number)].id)),
    };
  }
}

/** The text of a file in which each place reports itself. Line numbers stay the same. */
export function withProbes(file: string, text: string, sites: readonly Site[]): string {
  const numbered = sites.map((site, number) => ({ ...site, number }))
    .filter((site) => site.file === file);
  const names = numbered.filter(({ sides }) => sides).map(({ number }) => `$differs${number}`);
  const up = "../".repeat(file.split("/").length - 1);
  const head = `import { ${["$reached", ...names].join(", ")} } from "${up}${MODULE}"; `;
  // A property key cannot report: every load of the file may reach it.
  const keys = numbered.filter(({ whole }) => whole === null)
    .map(({ number }) => `$reached(${number}); `);
  return head + keys.join("") + woven(text, 0, text.length, numbered);
}

type Numbered = Site & { readonly number: number };

function woven(text: string, from: number, until: number, sites: readonly Numbered[]): string {
  const inside = sites
    .flatMap((site) =>
      site.whole === null ? [] : [{ site, start: site.whole[0], end: site.whole[1] }]
    )
    .filter(({ start, end }) => start >= from && end <= until)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  let written = "";
  let at = from;
  for (const { site, start, end } of inside) {
    // A part of the one before.
    if (start < at) continue;
    const others = sites.filter(({ number }) => number !== site.number);
    written += text.slice(at, start) +
      (site.sides
        ? `$differs${site.number}(${woven(text, start, site.from, others)}, ${
          woven(text, site.until, end, others)
        })`
        : `($reached(${site.number}), ${woven(text, start, end, others)})`);
    at = end;
  }
  return written + text.slice(at, until);
}

/** The probes call this: each isolate reports each place once, as a line with its number. */
function probeModule(
  texts: ReadonlyMap<string, string>,
  sites: readonly Site[],
  into: string,
): string {
  const functions = sites.map((site, number) => {
    if (!site.sides) return "";
    const operator = texts.get(site.file)!.slice(site.from, site.until);
    return `export function $differs${number}(a, b) {
  const value = a ${operator} b;
  if (seen[${number}] === 0 && differs(value, () => a ${site.text} b)) tell(${number});
  return value;
}
`;
  });
  return `const write = globalThis.Deno?.writeTextFileSync;
const seen = new Uint8Array(${sites.length});
function tell(number) {
  seen[number] = 1;
  try {
    write(${JSON.stringify(into)}, number + "\\n", { append: true });
  } catch {
    // It may not write.
  }
}
function differs(value, other) {
  try {
    return !Object.is(value, other());
  } catch {
    return true;
  }
}
export function $reached(number) {
  if (seen[number] === 0) tell(number);
}
${functions.join("")}`;
}
