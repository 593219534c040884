/**
 * The exports of a bench module, and how figures of several runs are combined.
 *
 * A module `bench/NAME.ts` exports `benches`: a function that measures and returns figures, or `{ name, run }`, or a list of those. Both
 * sides of a ratio are measured in the same run, so that figures mean something on any machine.
 *
 * @module
 */

/** One measured figure with its comparison. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly compare?: { readonly name: string; readonly value: number } | null;
  /** How many times better than the comparison. */
  readonly ratio?: number | null;
}

/** A named measurement. */
export interface Bench {
  readonly name: string;
  /** The most runs, for benches whose preparation takes longer than measuring; default no limit. */
  readonly maxRuns?: number;
  readonly run: () => Promise<readonly Figure[]> | readonly Figure[];
}

/** The measurements that a module exports. Throws if there are none. */
export function benchesOf(module: Readonly<Record<string, unknown>>, file: string): Bench[] {
  const { benches } = module;
  if (typeof benches === "function") return [{ name: file, run: () => benches() }];
  const list = (Array.isArray(benches) ? benches : [benches]) as Partial<Bench>[];
  if (!list.every((bench) => typeof bench?.run === "function")) {
    throw new TypeError(`bench/${file}.ts exports no benches`);
  }
  return list.map((bench) => ({ ...bench, name: bench.name ?? file, run: bench.run! }));
}

/** The medians of each side and of the ratio, by name, in the order of the first run. */
export function medians(runs: readonly (readonly Figure[])[]): Figure[] {
  return (runs[0] ?? []).map((first) => {
    const same = runs.flatMap((run) => run.filter(({ name }) => name === first.name));
    const compare = same.flatMap((figure) => figure.compare ? [figure.compare.value] : []);
    const ratio = same.flatMap((figure) => typeof figure.ratio === "number" ? [figure.ratio] : []);
    return {
      name: first.name,
      value: median(same.map(({ value }) => value)),
      unit: first.unit,
      compare: first.compare ? { name: first.compare.name, value: median(compare) } : null,
      ratio: ratio.length === 0 ? null : median(ratio),
    };
  });
}

/** The median; of an even number of values, the lower of the two middle ones. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
