/**
 * Runs the benches of this tree and of an earlier commit alternately on the same machine. Each pair of runs gives a ratio, and the result
 * is the median of the ratios. A machine that becomes slow in between slows both sides.
 *
 * @module
 */
import { median } from "./figures.ts";
import { aligned, figureText } from "./report.ts";

/** A figure of `deno task -q bench --json`. */
export interface ToldFigure {
  readonly bench: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** A figure before and now. */
export interface PairedFigure {
  readonly bench: string;
  readonly name: string;
  readonly unit: string;
  readonly before: number;
  readonly now: number;
  /** How many times better it is now; null if its unit does not say what is better. */
  readonly ratio: number | null;
}

/** The result of the comparison. */
export interface PairedReport {
  readonly revision: string;
  readonly runs: number;
  readonly figures: readonly PairedFigure[];
  /** Benches that failed on either side. */
  readonly failed: readonly string[];
}

/** Below this ratio a figure is worse than before, because noise on a quiet machine is smaller. */
export const LEAST_RATIO = 0.95;

/** Runs each bench in both trees alternately. Which tree comes first changes with each run. */
export async function compareWith(
  revision: string,
  names: readonly string[],
  runs: number,
  tell: (text: string) => void,
): Promise<PairedReport> {
  const here = new URL("..", import.meta.url).pathname;
  const commit = (await git(here, "rev-parse", "--verify", `${revision}^{commit}`)).trim();
  const there = await Deno.makeTempDir({ prefix: "bench-against-" });
  try {
    await git(here, "clone", "--quiet", "--shared", "--no-checkout", here, `${there}/tree`);
    await git(`${there}/tree`, "checkout", "--quiet", "--detach", commit);
    // Both trees use the packages of this tree.
    await Deno.symlink(await Deno.realPath(`${here}/node_modules`), `${there}/tree/node_modules`);
    const pairs: { readonly before: ToldFigure[]; readonly now: ToldFigure[] }[] = [];
    const failed = new Set<string>();
    for (const name of names) {
      if (!await exists(`${there}/tree/bench/${name}.ts`)) continue;
      for (let run = 1; run <= runs; run++) {
        const sides = [["before", `${there}/tree`], ["now", here]] as const;
        const told: Record<"before" | "now", ToldFigure[]> = { before: [], now: [] };
        for (const [side, tree] of run % 2 === 1 ? sides : sides.toReversed()) {
          tell(`${name}, run ${run} of ${runs}, ${side}`);
          const figures = await benchIn(tree, name);
          if (figures === null) failed.add(name);
          else told[side] = figures;
        }
        pairs.push(told);
      }
    }
    return { revision: commit, runs, figures: pairedFigures(pairs), failed: [...failed] };
  } finally {
    await Deno.remove(there, { recursive: true });
  }
}

/** The figures that both trees have, as medians over the pairs. */
export function pairedFigures(
  pairs: readonly { readonly before: readonly ToldFigure[]; readonly now: readonly ToldFigure[] }[],
): readonly PairedFigure[] {
  const found = new Map<string, { figure: ToldFigure; before: number[]; now: number[] }>();
  for (const { before, now } of pairs) {
    for (const figure of now) {
      const earlier = before.find(({ bench, name, unit }) =>
        bench === figure.bench && name === figure.name && unit === figure.unit
      );
      if (earlier === undefined) continue;
      const key = `${figure.bench} ${figure.name}`;
      const all = found.get(key) ?? { figure, before: [], now: [] };
      found.set(key, all);
      all.before.push(earlier.value);
      all.now.push(figure.value);
    }
  }
  return [...found.values()].map(({ figure: { bench, name, unit }, before, now }) => {
    const ratios = now.map((value, at) => timesBetter(unit, before[at], value));
    return {
      bench,
      name,
      unit,
      before: median(before),
      now: median(now),
      ratio: ratios.every((ratio) => ratio !== null) ? median(ratios) : null,
    };
  });
}

/** Whether a figure is worse than before. */
export function isWorse({ ratio }: PairedFigure): boolean {
  return ratio !== null && ratio < LEAST_RATIO;
}

/** Text for people; worse figures are marked. */
export function pairedText({ revision, runs, figures, failed }: PairedReport): string {
  return [
    `against ${
      revision.slice(0, 10)
    }; medians of ${runs} pairs of runs; below ${LEAST_RATIO} is worse`,
    "",
    aligned([
      ["bench", "figure", "before", "now", "times better", ""],
      ...figures.map((figure) => [
        figure.bench,
        figure.name,
        `${figureText(figure.before)} ${figure.unit}`,
        `${figureText(figure.now)} ${figure.unit}`,
        figure.ratio === null ? "" : `${figureText(figure.ratio)}x`,
        isWorse(figure) ? "worse" : "",
      ]),
    ]),
    ...failed.map((name) => `failed: ${name}`),
  ].join("\n");
}

/** For amounts per second, more is better; for times and sizes, less. */
function timesBetter(unit: string, before: number, now: number): number | null {
  if (before <= 0 || now <= 0) return null;
  if (/^(ms|us|ns|s|MB|MiB|KiB|KB|bytes|ms\/s)$/.test(unit)) return before / now;
  return unit.endsWith("/s") ? now / before : null;
}

async function benchIn(tree: string, name: string): Promise<ToldFigure[] | null> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "bench", "--json", "--runs", "1", name],
    cwd: tree,
    stderr: "null",
  }).output();
  try {
    const { results, failed } = JSON.parse(new TextDecoder().decode(stdout));
    return failed.length > 0 ? null : results;
  } catch {
    return null;
  }
}

async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", { args: [...args], cwd })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return new TextDecoder().decode(stdout);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
