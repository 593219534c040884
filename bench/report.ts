/**
 * Prints the figures of a run: as a table for a terminal, one JSON document, or Markdown for `docs/performance.md`.
 *
 * @module
 */
import { availableParallelism, cpus } from "node:os";
import { type Result, type Verdict, verdicts } from "./goals.ts";

/** The result of a run. */
export interface Report {
  readonly results: readonly Result[];
  /** Benches that failed. */
  readonly failed: readonly string[];
  /** The most runs of each bench; a figure is their median. */
  readonly runs: number;
  readonly startedAt: Date;
  readonly elapsedS: number;
}

/** `{"machine","started_at","elapsed_s","runs","results":[{"bench","name","value","unit","compare","ratio"}],"failed"}`. */
export function jsonText({ results, failed, runs, startedAt, elapsedS }: Report): string {
  return JSON.stringify({
    machine: machine(),
    started_at: startedAt.toISOString(),
    elapsed_s: Math.round(elapsedS),
    runs,
    results,
    failed,
  });
}

/** Text for people. */
export function tableText(report: Report): string {
  return [
    machineLine(report),
    "",
    aligned([
      ["bench", "figure", "value", "against", "value", "times better"],
      ...report.results.map(resultRow),
    ]),
  ].join("\n");
}

/** Two tables, goals and figures, in the style of the formatter. */
export function markdownText(
  report: Report,
  judged: readonly Verdict[] = verdicts(report.results),
): string {
  return [
    machineLine(report),
    "",
    markdownTable([["goal", "wanted", "seen", ""], ...judged.map(goalRow)]),
    "",
    markdownTable([
      ["bench", "figure", "value", "against", "value", "times better"],
      ...report.results.map(resultRow),
    ]),
  ].join("\n");
}

/**
 * Inserts the report into the document. If a bench has its own marks there (`<!-- figures of NAME: ... -->` to `<!-- end of figures of NAME
 * -->`), its figures go between them. Goals and all other figures go between the two common marks. Throws a RangeError if those are
 * missing.
 */
export function withReport(document: string, report: Report): string {
  let [text, rest] = [document, report.results];
  for (const name of new Set(report.results.map(({ bench }) => bench))) {
    const begin = text.indexOf(`<!-- figures of ${name}:`);
    const from = text.indexOf("-->", begin) + 3;
    const to = text.indexOf(`<!-- end of figures of ${name} -->`);
    if (begin < 0 || to < from) continue;
    const own = report.results.filter(({ bench }) => bench === name);
    rest = rest.filter(({ bench }) => bench !== name);
    const rows = own.map(({ name, value, unit }) => [name, `${figureText(value)} ${unit}`.trim()]);
    const table = `${machineLine(report)}\n\n${markdownTable([["figure", "value"], ...rows])}`;
    text = `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`;
  }
  const judged = verdicts(report.results);
  return rest.length === 0 && report.results.length > 0
    ? text
    : withFigures(text, markdownText({ ...report, results: rest }, judged));
}

const BEGIN = "<!-- figures: written by deno task bench --into -->";
const END = "<!-- end of figures -->";

/** Replaces the part of the document between its two marks. Throws a RangeError if they are missing. */
export function withFigures(document: string, figures: string): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new RangeError(`Cannot place the figures: no "${BEGIN}"`);
  return `${document.slice(0, from + BEGIN.length)}\n\n${figures}\n\n${document.slice(to)}`;
}

function machine() {
  return {
    os: Deno.build.os,
    arch: Deno.build.arch,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    deno: Deno.version.deno,
  };
}

function machineLine({ runs, startedAt, elapsedS }: Report): string {
  const { os, arch, cpu, cores, deno } = machine();
  const date = startedAt.toISOString().slice(0, 10);
  return `${cpu}, ${cores} cores, ${os} ${arch}, Deno ${deno}, ${date}; medians of at most ${runs} runs, ${
    Math.round(elapsedS)
  } s in all`;
}

function resultRow({ bench, name, value, unit, compare, ratio }: Result): string[] {
  return [
    bench,
    name,
    `${figureText(value)} ${unit}`,
    compare?.name ?? "",
    compare ? `${figureText(compare.value)} ${unit}` : "",
    typeof ratio === "number" ? `${figureText(ratio)}x` : "",
  ];
}

function goalRow({ goal, unit, seen, reached, lacks }: Verdict): string[] {
  const { what, atLeast, atMost } = goal;
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  return [
    what,
    `${bound} ${unit}`.trim(),
    lacks ?? `${figureText(seen!)} ${unit}`,
    reached === null ? "" : reached ? "reached" : "missed",
  ];
}

/** A value with its significant digits. */
export function figureText(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

/** Aligned columns. */
export function aligned(rows: readonly string[][]): string {
  const widths = widthsOf(rows);
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join("  ").trimEnd())
    .join("\n");
}

function markdownTable([head, ...rows]: readonly string[][]): string {
  const widths = widthsOf([head, ...rows]).map((width) => Math.max(3, width));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function widthsOf(rows: readonly string[][]): number[] {
  return rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
}
