/**
 * Runs the benches: `deno task -q bench [--json | --markdown] [--into FILE] [--runs N] [NAME...]`. Prints a table, or one JSON document
 * `{"machine","started_at","elapsed_s","runs","results":[{"bench","name","value","unit","compare":{"name","value"},"ratio"}],"failed"}`,
 * with medians over the runs. `--into` writes the Markdown tables between the marks of a document. `--against REV` also runs the
 * benches of that commit, in turn with these, and exits 1 if a figure is below 0.95 of the earlier one and the noise of equal runs does
 * not explain it (against.ts). Progress goes to standard error. If a bench fails or does not end, `failed` names it, the others still run,
 * and the exit code is 1.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { isWorse, LEAST_RUNS, pairedText } from "./against.ts";
import { type Bench, benchesOf, type Figure, medians } from "./figures.ts";
import { type Result, verdicts } from "./goals.ts";
import { jsonText, markdownText, type Report, tableText, withReport } from "./report.ts";
import { compareTrees } from "./two_trees.ts";
import { untilSignal } from "./until_signal.ts";

/** The slowest takes two minutes for a run on two cores. */
const BENCH_MS = 15 * 60_000;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        markdown: { type: "boolean", default: false },
        into: { type: "string" },
        runs: { type: "string" },
        against: { type: "string" },
      },
    });
    const { runs, against } = parsed.values;
    const least = against === undefined ? 1 : LEAST_RUNS;
    if (runs !== undefined && !(/^[1-9]\d?$/.test(runs) && Number(runs) >= least)) {
      throw new Error(`--runs must be from ${least} to 99`);
    }
  } catch (error) {
    return mistake((error as Error).message);
  }
  const { json, markdown, into, against } = parsed.values;
  const runs = Number(parsed.values.runs ?? (against === undefined ? 3 : 5));
  const names = await benchNames(new URL(".", import.meta.url));
  const wanted = parsed.positionals.length > 0 ? parsed.positionals : names;
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) return mistake(`no bench ${unknown}; there are: ${names.join(", ")}`);
  if (against !== undefined) return await compare(against, wanted, runs, json);
  // Checked before measuring, so that a mistake in the document does not lose the figures.
  if (into !== undefined) withReport(await Deno.readTextFile(into), noReport());

  const report = await runAll(wanted, runs);
  for (const { goal, lacks } of verdicts(report.results)) {
    if (lacks !== "no such figure") continue;
    console.error(`${goal.bench} gave no figure "${goal.figure}", for which there is a goal`);
  }
  console.log((json ? jsonText : markdown ? markdownText : tableText)(report));
  if (into !== undefined) {
    const document = await Deno.readTextFile(into);
    await Deno.writeTextFile(into, withReport(document, report));
  }
  return report.failed.length > 0 ? 1 : 0;
}

async function compare(
  revision: string,
  names: readonly string[],
  runs: number,
  json: boolean,
): Promise<number> {
  const here = new URL("..", import.meta.url).pathname;
  const tell = (text: string) => console.error(text);
  return await untilSignal(async (signal) => {
    const report = await compareTrees({ here, revision, names, runs, signal, tell });
    console.log(json ? JSON.stringify(report) : pairedText(report));
    return report.failed.length > 0 || report.figures.some(isWorse) ? 1 : 0;
  });
}

function noReport(): Report {
  return { results: [], failed: [], runs: 0, startedAt: new Date(0), elapsedS: 0 };
}

async function runAll(wanted: readonly string[], runs: number): Promise<Report> {
  const startedAt = new Date();
  const startMs = performance.now();
  const elapsedS = () => (performance.now() - startMs) / 1_000;
  const results: Result[] = [];
  const failed: string[] = [];
  const tell = (text: string) => console.error(`${elapsedS().toFixed(0).padStart(4)} s  ${text}`);
  // Remains of a bench that failed must not end the others.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    tell(`left behind: ${event.reason instanceof Error ? event.reason.stack : event.reason}`);
  });
  for (const [at, name] of wanted.entries()) {
    const place = `${at + 1} of ${wanted.length}`;
    try {
      const module = await import(new URL(`${name}.ts`, import.meta.url).href);
      for (const bench of benchesOf(module, name)) {
        const figures = await repeat(bench, runs, (run) => tell(`${place}: ${bench.name}, ${run}`));
        results.push(...figures.map((figure) => ({ bench: bench.name, ...figure })));
      }
    } catch (error) {
      failed.push(name);
      tell(`${name} failed: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return { results, failed, runs, startedAt, elapsedS: elapsedS() };
}

/** Modules of this folder that export benches. The others are for `deno bench`, or parts of benches. */
async function benchNames(folder: URL): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^[a-z0-9_]+\.ts$/.test(name)) continue;
    const text = await Deno.readTextFile(new URL(name, folder));
    if (/^export (async )?(function|const) benches\b/m.test(text)) names.push(name.slice(0, -3));
  }
  return names.sort();
}

async function repeat(
  bench: Bench,
  runs: number,
  tell: (run: string) => void,
): Promise<readonly Figure[]> {
  const count = Math.min(bench.maxRuns ?? Infinity, runs);
  const all: (readonly Figure[])[] = [];
  for (let run = 1; run <= count; run++) {
    tell(`run ${run} of ${count}`);
    all.push(await withinTime(Promise.resolve(bench.run())));
  }
  return medians(all);
}

async function withinTime<Value>(work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${BENCH_MS / 60_000} min`)), BENCH_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function mistake(message: string): number {
  console.error(`Error: ${message}`);
  console.error("Suggestion: deno task -q bench [--json] [--runs N] [--against REV] [NAME...]");
  return 2;
}
