/**
 * What a provider measured of its own machine, as its announcement says it. The provider's key signs it as a part of the announcement;
 * whether it is true is shown by jobs alone.
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
/** So many figures of a tag are looked at. */
const MAX_FIGURES = 16;

/** The tag of an announcement. What was not measured is left out. */
export function benchmarkTag(benchmark: Benchmark): string[] {
  const figures = FIGURES.flatMap(([name, field]) => {
    const value = benchmark[field];
    return value === null ? [] : [`${name}=${Math.round(value)}`];
  });
  return ["benchmark", String(benchmark.atS), ...figures];
}

/** Reads it; null where it cannot be read. Names that are not known are passed over. */
export function readBenchmarkTag(tag: unknown): Benchmark | null {
  if (!Array.isArray(tag) || tag[0] !== "benchmark") return null;
  const atS = wholeOf(tag[1]);
  // Later than the calendar of a program goes.
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
