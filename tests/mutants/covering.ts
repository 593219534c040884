/**
 * Which unit test files come by which line, and how long each takes.
 *
 * @module
 */
import { TEST_FLAGS } from "../../lint/generate/tasks.ts";
import { coveredLines } from "../covered/covered_lines.ts";
import { runDeno } from "./session.ts";
import { hashOf, type MutantState } from "./state.ts";

/** One test file. */
export interface TestFile {
  readonly path: string;
  /** Of processor time, when it ran alone. */
  readonly seconds: number;
  /** `file:line` of each line that it comes by. */
  readonly lines: ReadonlySet<string>;
}

/** What kills processes, runs markets or foreign programs shows a mutant too, but takes minutes. */
const SLOW = /^tests\/(e2e|interop|crash|attacks|faults|network\/dev|mutants|covered)\//;
const WIDE = /^(money|store|protocols)\//;

/** A test that takes more is of no use to a mutant. */
const LONGEST_CPU_SECONDS = 60;

/** The unit tests of this tree, by path. */
export function unitTests(root: string): readonly string[] {
  return testFiles(root, "tests/").filter((path) => !SLOW.test(path));
}

/** Runs each of these test files alone, `jobs` at a time; profiles lie in `scratch`. A file that fails or takes too long is told to `failed`. */
export async function coveringTests(
  root: string,
  paths: readonly string[],
  jobs: number,
  scratch: string,
  state: MutantState,
  progress: (done: number, of: number) => void,
  failed: (path: string) => void,
): Promise<readonly TestFile[]> {
  const found: TestFile[] = [];
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < paths.length) {
      const path = paths[next++];
      const hash = await hashOf(root, [path]);
      let file = state.test(path, hash);
      if (file === undefined) {
        file = await coverageOf(root, scratch, path);
        await state.keepTest(path, hash, file);
      }
      if (file === null) failed(path);
      else found.push(file);
      progress(++done, paths.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function coverageOf(
  root: string,
  scratch: string,
  path: string,
): Promise<TestFile | null> {
  const folder = await Deno.makeTempDir({ dir: scratch });
  try {
    const args = [...TEST_FLAGS, `--coverage=${folder}`, "--coverage-raw-data-only", path];
    const { end, cpuSeconds } = await runDeno(["test", ...args], root, LONGEST_CPU_SECONDS);
    if (end !== "passed") return null;
    const lines = new Set<string>();
    for (const [file, counts] of await coveredLines(root, folder)) {
      if (!WIDE.test(file)) continue;
      for (const [line, hits] of counts) if (hits > 0) lines.add(`${file}:${line}`);
    }
    return { path, seconds: cpuSeconds, lines };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function testFiles(root: string, folder: string): readonly string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${folder}`)) {
    if (isDirectory) found.push(...testFiles(root, `${folder}${name}/`));
    else if (name.endsWith("_test.ts")) found.push(folder + name);
  }
  return found.sort();
}

/** A batch holds tests of at most this many seconds: the next one is not begun once a test failed. */
const BATCH_SECONDS = 10;

/**
 * The tests that come by a line, in the batches in which they are run: the test that mirrors the file alone, because it catches most
 * (unless it takes long), then the others, quick ones first. What does not fit into `budgetSeconds` of processor time is left out.
 */
export function batchesFor(
  tests: readonly TestFile[],
  file: string,
  line: number,
  budgetSeconds: number,
): readonly (readonly TestFile[])[] {
  // `if (a) return b;` counts as not come by where it did not return: then the lines beside it tell.
  const covering = tests
    .filter(({ lines }) => [0, -1, 1].some((by) => lines.has(`${file}:${line + by}`)))
    .sort((a, b) => a.seconds - b.seconds);
  if (covering.length === 0) return [];
  const nearest = covering.filter(({ seconds }) => seconds <= BATCH_SECONDS)
    .reduce(
      (best, test) => closeness(test.path, file) > closeness(best.path, file) ? test : best,
      covering[0],
    );
  const batches = [[nearest]];
  let left = budgetSeconds - nearest.seconds;
  let room = 0;
  for (const test of covering) {
    if (test === nearest) continue;
    if ((left -= test.seconds) < 0) break;
    if ((room -= test.seconds) < 0) {
      batches.push([]);
      room = BATCH_SECONDS - test.seconds;
    }
    batches[batches.length - 1].push(test);
  }
  return batches;
}

/** How much of their paths a test and a file share. */
function closeness(test: string, file: string): number {
  const mirrored = `tests/${file.replace(/\.ts$/, "_test.ts")}`;
  let same = 0;
  while (same < mirrored.length && mirrored[same] === test[same]) same++;
  return same;
}
