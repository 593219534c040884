/**
 * Runs the benches of this tree and of an earlier commit in turn on the same machine. The earlier tree is a clone in a temporary folder,
 * which is removed at the end, also if the comparison is aborted.
 *
 * @module
 */
import { type PairedReport, pairedReport, type RunPair, type ToldFigure } from "./against.ts";

/** What is compared. */
export interface Comparison {
  /** The root of this tree, a git checkout. */
  readonly here: string;
  readonly revision: string;
  readonly names: readonly string[];
  /** Runs of each bench in each tree. */
  readonly runs: number;
  /** Ends the comparison. */
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

/** Runs one bench once in a tree; null if it failed. */
type RunBench = (
  tree: string,
  name: string,
  signal: AbortSignal,
) => Promise<readonly ToldFigure[] | null>;

/** How long a bench may take to end after it was told to. */
const END_MS = 5_000;

/** Runs each bench in both trees in turn. Which tree comes first changes with each run. Throws the signal's reason if it is aborted. */
export async function compareTrees(
  { here, revision, names, runs, signal, tell }: Comparison,
  bench: RunBench = benchIn,
): Promise<PairedReport> {
  const commit = (await git(here, signal, "rev-parse", "--verify", `${revision}^{commit}`)).trim();
  const there = await Deno.makeTempDir({ prefix: "bench-against-" });
  try {
    const tree = `${there}/tree`;
    await git(here, signal, "clone", "--quiet", "--shared", "--no-checkout", here, tree);
    await git(tree, signal, "checkout", "--quiet", "--detach", commit);
    // Both trees use the packages of this tree.
    await Deno.symlink(await Deno.realPath(`${here}/node_modules`), `${tree}/node_modules`);
    const pairs: RunPair[] = [];
    const failed = new Set<string>();
    for (const name of names) {
      if (!await exists(`${tree}/bench/${name}.ts`)) continue;
      for (let run = 1; run <= runs; run++) {
        const sides = [["before", tree], ["now", here]] as const;
        const told: Record<"before" | "now", readonly ToldFigure[]> = { before: [], now: [] };
        for (const [side, root] of run % 2 === 1 ? sides : sides.toReversed()) {
          tell(`${name}, run ${run} of ${runs}, ${side}`);
          const figures = await bench(root, name, signal);
          signal.throwIfAborted();
          if (figures === null) failed.add(name);
          else told[side] = figures;
        }
        pairs.push(told);
      }
    }
    return pairedReport({ revision: commit, runs, pairs, failed: [...failed] });
  } finally {
    await Deno.remove(there, { recursive: true });
  }
}

async function benchIn(
  tree: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly ToldFigure[] | null> {
  const { stdout } = await untilAborted(
    new Deno.Command(Deno.execPath(), {
      args: ["task", "-q", "bench", "--json", "--runs", "1", name],
      cwd: tree,
      stderr: "null",
      signal,
    }).output(),
    signal,
  );
  try {
    const { results, failed } = JSON.parse(new TextDecoder().decode(stdout));
    return failed.length > 0 ? null : results;
  } catch {
    return null;
  }
}

/** Waits for a child. The signal ends the child; what the child has started may hold its output open for longer. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      timer = setTimeout(() => reject(signal.reason), END_MS);
    }, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function git(
  cwd: string,
  signal: AbortSignal,
  ...args: readonly string[]
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: [...args],
    cwd,
    signal,
  })
    .output();
  signal.throwIfAborted();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return new TextDecoder().decode(stdout);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
