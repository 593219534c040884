/**
 * Which unit test files are run for a mutant, and in which order.
 *
 * @module
 */
import { ProbedTree, type TestFile } from "./probes.ts";
import type { Site } from "./sites.ts";
import { hashOf, type MutantState } from "./state.ts";

/** Tests that kill processes, or run markets or foreign programs, notice mutants too, but take minutes. */
const SLOW =
  /^tests\/(e2e|interop|crash|attacks|faults|escape|journeys|bench|packaging|network\/dev|lint|mutants|covered)\//;

/** The unit tests of this tree, by path. */
export function unitTests(root: string): readonly string[] {
  return testFiles(root, "tests/").filter((path) => !SLOW.test(path));
}

/** A test file, and the hash of its text. */
export interface MeasuredTest extends TestFile {
  readonly hash: string;
}

/**
 * Runs each of these test files alone, `jobs` at a time, unless the state knows its result; copies are in `scratch`. A
 * file that fails or takes too long is reported to `failed`.
 */
export async function measuredTests(
  root: string,
  paths: readonly string[],
  sites: readonly Site[],
  jobs: number,
  scratch: string,
  state: MutantState,
  progress: (done: number, of: number) => void,
  failed: (path: string) => void,
): Promise<readonly MeasuredTest[]> {
  const found: MeasuredTest[] = [];
  let next = 0;
  let done = 0;
  const lane = async () => {
    let tree: ProbedTree | null = null;
    while (next < paths.length) {
      const path = paths[next++];
      const hash = await hashOf(root, [path]);
      let file = state.test(path, hash);
      if (file === undefined) {
        tree ??= await ProbedTree.copy(root, await Deno.makeTempDir({ dir: scratch }), sites);
        file = await tree.measure(path);
        await state.keepTest(path, hash, file);
      }
      if (file === null) failed(path);
      else found.push({ ...file, hash });
      progress(++done, paths.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

function testFiles(root: string, folder: string): readonly string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${folder}`)) {
    if (isDirectory) found.push(...testFiles(root, `${folder}${name}/`));
    else if (name.endsWith("_test.ts")) found.push(folder + name);
  }
  return found.sort();
}

/** A batch holds tests of at most this many seconds: the next one does not start once a test failed. */
const BATCH_SECONDS = 10;

/**
 * Returns the batches in which these tests run: first only the test that mirrors the file, because it catches most
 * mutants (unless it takes long), then the others, beginning with those of its room and quick ones. What does not fit
 * into `budgetSeconds` of processor time is left out.
 */
export function batchesOf<Test extends TestFile>(
  tests: readonly Test[],
  file: string,
  budgetSeconds: number,
): readonly (readonly Test[])[] {
  const room = `tests/${file.split("/")[0]}/`;
  const isAway = (test: Test) => test.path.startsWith(room) ? 0 : 1;
  const covering = [...tests].sort((a, b) => isAway(a) - isAway(b) || a.seconds - b.seconds);
  if (covering.length === 0) return [];
  const nearest = covering.filter(({ seconds }) => seconds <= BATCH_SECONDS)
    .reduce(
      (best, test) => closeness(test.path, file) > closeness(best.path, file) ? test : best,
      covering[0],
    );
  const batches = [[nearest]];
  let left = budgetSeconds - nearest.seconds;
  let free = 0;
  for (const test of covering) {
    if (test === nearest) continue;
    if ((left -= test.seconds) < 0) break;
    if ((free -= test.seconds) < 0) {
      batches.push([]);
      free = BATCH_SECONDS - test.seconds;
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
