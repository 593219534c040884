/**
 * Judges runs of two trees that were made in turn. Each pair of runs gives a ratio, and the result is the median of the ratios. A machine
 * that becomes slow in between slows both sides.
 *
 * How much of a ratio is noise is measured too: two consecutive runs of the same tree are equal, so their ratio should be 1. A figure is
 * worse if its median is below {@link LEAST_RATIO} and below what the median of as many ratios of equal runs would be once in a hundred.
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

/** The figures of one run in each tree. */
export interface RunPair {
  readonly before: readonly ToldFigure[];
  readonly now: readonly ToldFigure[];
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
  /** A ratio that is not lower may be noise; null if that is unknown. */
  readonly noise: number | null;
}

/** The result of the comparison. */
export interface PairedReport {
  readonly revision: string;
  readonly runs: number;
  readonly figures: readonly PairedFigure[];
  /** Benches that failed on either side. */
  readonly failed: readonly string[];
}

/** A smaller loss does not matter, however sure it is. */
export const LEAST_RATIO = 0.95;

/** The fewest runs that show how far equal runs are apart. */
export const LEAST_RUNS = 3;

/** How often equal runs may look worse. */
const FALSE_ALARM = 0.01;

/** The report of these pairs of runs. */
export function pairedReport(
  { pairs, ...rest }: Omit<PairedReport, "figures"> & { readonly pairs: readonly RunPair[] },
): PairedReport {
  return { ...rest, figures: pairedFigures(pairs) };
}

/** The figures that both trees have, as medians over the pairs. */
export function pairedFigures(pairs: readonly RunPair[]): readonly PairedFigure[] {
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
    const equal = [before, now].flatMap((runs) =>
      runs.slice(1).map((value, at) => timesBetter(unit, runs[at], value))
    );
    const isJudged = ratios.every((ratio) => ratio !== null);
    return {
      bench,
      name,
      unit,
      before: median(before),
      now: median(now),
      ratio: isJudged ? median(ratios) : null,
      noise: isJudged ? lowestOfEqual(equal as number[], ratios.length) : null,
    };
  });
}

/** Whether a figure is worse than before. */
export function isWorse(figure: PairedFigure): boolean {
  return isLow(figure) && figure.noise !== null && figure.ratio! < figure.noise;
}

/** Text for people; worse figures are marked, and those that may be worse. */
export function pairedText({ revision, runs, figures, failed }: PairedReport): string {
  return [
    `against ${revision.slice(0, 10)}; medians of ${runs} pairs of runs; worse is below ` +
    `${LEAST_RATIO} and below the noise of equal runs`,
    "",
    aligned([
      ["bench", "figure", "before", "now", "times better", "noise", ""],
      ...figures.map((figure) => [
        figure.bench,
        figure.name,
        `${figureText(figure.before)} ${figure.unit}`,
        `${figureText(figure.now)} ${figure.unit}`,
        figure.ratio === null ? "" : `${figureText(figure.ratio)}x`,
        figure.noise === null ? "" : `${figureText(figure.noise)}x`,
        isWorse(figure) ? "worse" : isLow(figure) ? "unclear: more runs" : "",
      ]),
    ]),
    ...failed.map((name) => `failed: ${name}`),
  ].join("\n");
}

function isLow({ ratio }: PairedFigure): boolean {
  return ratio !== null && ratio < LEAST_RATIO;
}

/**
 * The lowest median that `count` ratios of equal runs have, except once in a hundred times. Each ratio counts in both directions, because
 * either of two equal runs could have been the first. Of too few ratios, the lowest one. Null if there is none.
 */
function lowestOfEqual(ratios: readonly number[], count: number): number | null {
  if (ratios.length === 0) return null;
  const pool = ratios.flatMap((ratio) => [ratio, 1 / ratio]).sort((a, b) => a - b);
  let at = 0;
  while (medianIsBelow((at + 2) / pool.length, count) <= FALSE_ALARM) at++;
  return pool[at];
}

/** How probable it is that the median of `count` values is among the lowest ones, of which the share of all values is `share`. */
function medianIsBelow(share: number, count: number): number {
  let probability = 0;
  let ways = 1;
  for (let low = 0; low <= count; low++) {
    if (low > (count - 1) / 2) probability += ways * share ** low * (1 - share) ** (count - low);
    ways = ways * (count - low) / (low + 1);
  }
  return probability;
}

/** For amounts per second, more is better; for times and sizes, less. */
function timesBetter(unit: string, before: number, now: number): number | null {
  if (before <= 0 || now <= 0) return null;
  if (/^(ms|us|ns|s|MB|MiB|KiB|KB|bytes|ms\/s)$/.test(unit)) return before / now;
  return unit.endsWith("/s") ? now / before : null;
}
