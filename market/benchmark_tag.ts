/**
 * The benchmark figures of a provider's machine, as its announcement states them. The provider's key signs them with the announcement, but
 * nothing proves them except the jobs that it runs.
 *
 * ```text
 * ["benchmark","1790000000","cpu=812000000","cpus=1600000000","disk=310000000","sandbox=9"]
 * ```
 *
 * @module
 */
import type { Benchmark } from "../skills/benchmark.ts";

const FIGURES = [
  ["cpu", "cpuBytesS"],
  ["cpus", "cpusBytesS"],
  ["disk", "diskBytesS"],
  ["sandbox", "sandboxMs"],
] as const;
const LAST_S = 9_999_999_999;
/** The most figures that are read from one tag. */
const MAX_FIGURES = 16;

/** The tag of an announcement. Figures that were not measured are left out. */
export function benchmarkTag(benchmark: Benchmark): string[] {
  const figures = FIGURES.flatMap(([name, field]) => {
    const value = benchmark[field];
    return value === null ? [] : [`${name}=${Math.round(value)}`];
  });
  return ["benchmark", String(benchmark.atS), ...figures];
}

/** Reads the tag. Null if it cannot be read. Unknown names are ignored. */
export function readBenchmarkTag(tag: unknown): Benchmark | null {
  if (!Array.isArray(tag) || tag[0] !== "benchmark") return null;
  const atS = wholeOf(tag[1]);
  // The time must lie in the range that a date of this program can have.
  if (atS === null || atS > LAST_S) return null;
  const told = tag.slice(2, 2 + MAX_FIGURES).map((text) => /^([a-z]{1,16})=(.+)$/.exec(text));
  const figure = (name: string) => wholeOf(told.find((found) => found?.[1] === name)?.[2]);
  return {
    atS,
    cpuBytesS: figure("cpu"),
    cpusBytesS: figure("cpus"),
    diskBytesS: figure("disk"),
    sandboxMs: figure("sandbox"),
  };
}

function wholeOf(text: unknown): number | null {
  return typeof text === "string" && /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : null;
}
