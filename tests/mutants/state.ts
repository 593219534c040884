/**
 * The results of a run of mutants, stored in a file, so that an interrupted run can continue. A line is one JSON value;
 * an incomplete one is ignored.
 *
 * The measurements are for one text of `money`, `store` and `protocols` and for one choice of mutants: if these differ,
 * the file starts empty. Tests may change: the places that they reach are measured again, and mutants that were not
 * caught are tried with them.
 *
 * @module
 */
import type { TestFile } from "./probes.ts";
import type { Outcome } from "./tree.ts";

interface TestLine {
  readonly test: string;
  readonly hash: string;
  /** null: the test failed or took too long, and is left out. */
  readonly seconds: number | null;
  readonly sites: readonly string[];
}

/** What is known of a mutant. */
export interface Known {
  readonly outcome: Outcome;
  /** `path hash` of each test file that passed with it. */
  readonly passed: readonly string[];
}

interface OutcomeLine extends Known {
  readonly site: string;
}

/** The file, read, and open for more. */
export class MutantState {
  readonly #tests = new Map<string, TestLine>();
  readonly #outcomes = new Map<string, OutcomeLine>();

  private constructor(private readonly path: string | null) {}

  /** `path` null: nothing is stored. `product` is the hash of the broken files and of the choice. */
  static async open(path: string | null, product: string): Promise<MutantState> {
    const state = new MutantState(path);
    if (path === null) return state;
    const lines = (await Deno.readTextFile(path).catch(() => "")).split("\n").flatMap(parsed);
    if (lines.length === 0 || lines[0].product !== product) {
      await Deno.writeTextFile(path, `${JSON.stringify({ product })}\n`);
      return state;
    }
    for (const line of lines) {
      if (typeof line.test === "string") state.#tests.set(line.test, line as unknown as TestLine);
      if (typeof line.site === "string") {
        state.#outcomes.set(line.site, line as unknown as OutcomeLine);
      }
    }
    // An incomplete line must not damage the next one.
    await Deno.writeTextFile(path, "\n", { append: true });
    return state;
  }

  /** The measurement of this text of a test; undefined: none yet; null: the test is left out. */
  test(path: string, hash: string): TestFile | null | undefined {
    const line = this.#tests.get(path);
    if (line === undefined || line.hash !== hash) return undefined;
    if (line.seconds === null) return null;
    return { path, seconds: line.seconds, sites: new Set(line.sites) };
  }

  async keepTest(path: string, hash: string, found: TestFile | null): Promise<void> {
    const sites = [...found?.sites ?? []];
    await this.#append({ test: path, hash, seconds: found?.seconds ?? null, sites });
  }

  outcome(site: string): Known | undefined {
    return this.#outcomes.get(site);
  }

  async keepOutcome(site: string, known: Known): Promise<void> {
    await this.#append({ site, ...known });
  }

  async #append(line: TestLine | OutcomeLine): Promise<void> {
    if (this.path === null) return;
    await Deno.writeTextFile(this.path, `${JSON.stringify(line)}\n`, { append: true });
  }
}

function parsed(line: string): readonly Record<string, unknown>[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** SHA-256 of the names and texts of files, and of `more`, as hex. */
export async function hashOf(root: string, paths: readonly string[], more = ""): Promise<string> {
  const texts = paths.map((path) => `${path}\0${Deno.readTextFileSync(`${root}/${path}`)}\0`);
  const bytes = new TextEncoder().encode(texts.join("") + more);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
