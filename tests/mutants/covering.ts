/**
 * Which unit test files come by which line, and how long each takes.
 *
 * @module
 */
import { TEST_FLAGS } from "../../lint/generate/tasks.ts";
import { coveredLines } from "../covered/covered_lines.ts";

/** One test file. */
export interface TestFile {
  readonly path: string;
  readonly tookMs: number;
  /** `file:line` of each line that it comes by. */
  readonly lines: ReadonlySet<string>;
}

/** What kills processes, runs markets or foreign programs shows a mutant too, but takes minutes. */
const SLOW = /^tests\/(e2e|interop|crash|attacks|faults|network\/dev|mutants|covered)\//;
const WIDE = /^(money|store|protocols)\//;

/** A test that takes longer is of no use to a mutant. */
const LONGEST_MS = 180_000;

/** Runs each unit test file alone, `jobs` at a time. A file that fails or takes too long is told to `failed`. */
export async function coveringTests(
  root: string,
  jobs: number,
  progress: (done: number, of: number) => void,
  failed: (path: string) => void,
): Promise<readonly TestFile[]> {
  const paths = testFiles(root, "tests/").filter((path) => !SLOW.test(path));
  const found: TestFile[] = [];
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < paths.length) {
      const path = paths[next++];
      const file = await coverageOf(root, path);
      if (file === null) failed(path);
      else found.push(file);
      progress(++done, paths.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  return found;
}

async function coverageOf(root: string, path: string): Promise<TestFile | null> {
  const folder = await Deno.makeTempDir({ prefix: "mutants-coverage-" });
  try {
    const startedMs = performance.now();
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", ...TEST_FLAGS, `--coverage=${folder}`, "--coverage-raw-data-only", path],
      cwd: root,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(LONGEST_MS),
    }).output();
    const tookMs = performance.now() - startedMs;
    if (!success) return null;
    const lines = new Set<string>();
    for (const [file, counts] of await coveredLines(root, folder)) {
      if (!WIDE.test(file)) continue;
      for (const [line, hits] of counts) if (hits > 0) lines.add(`${file}:${line}`);
    }
    return { path, tookMs, lines };
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

/** The tests of a line, those that mirror its file first, then the quick ones. */
export function testsOf(
  tests: readonly TestFile[],
  file: string,
  line: number,
): readonly TestFile[] {
  return tests.filter(({ lines }) => lines.has(`${file}:${line}`))
    .sort((a, b) => closeness(b.path, file) - closeness(a.path, file) || a.tookMs - b.tookMs);
}

/** How much of their paths a test and a file share. */
function closeness(test: string, file: string): number {
  const mirrored = `tests/${file.replace(/\.ts$/, "_test.ts")}`;
  let same = 0;
  while (same < mirrored.length && mirrored[same] === test[same]) same++;
  return same;
}
