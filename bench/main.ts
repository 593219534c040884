/**
 * Runs the benches: `deno task -q bench [--json] [--runs N] [NAME...]`. Prints a table, or one JSON document
 * `{"machine":{...},"results":[{"bench","name","value","unit","compare","ratio"}]}`, of medians over the runs.
 *
 * @module
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Bench, benchesOf, type Figure, medians } from "./figures.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        runs: { type: "string", default: "3" },
      },
    });
    if (!/^[1-9]\d?$/.test(parsed.values.runs)) throw new Error("--runs must be from 1 to 99");
  } catch (error) {
    return mistake((error as Error).message);
  }
  const names = await benchNames(new URL(".", import.meta.url));
  const wanted = parsed.positionals.length > 0 ? parsed.positionals : names;
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) return mistake(`no bench ${unknown}; there are: ${names.join(", ")}`);

  const results: ({ bench: string } & Figure)[] = [];
  const failures: string[] = [];
  for (const name of wanted) {
    try {
      const module = await import(new URL(`${name}.ts`, import.meta.url).href);
      for (const bench of benchesOf(module, name)) {
        const figures = await repeat(bench, Number(parsed.values.runs));
        results.push(...figures.map((figure) => ({ bench: bench.name, ...figure })));
      }
    } catch (error) {
      failures.push(name);
      console.error(`${name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  console.log(
    parsed.values.json
      ? JSON.stringify({ machine: machine(), results, failed: failures })
      : [machineLine(), "", tableText(results)].join("\n"),
  );
  return failures.length > 0 ? 1 : 0;
}

/** Modules of this folder that export benches; others are for `deno bench`, or parts. */
async function benchNames(folder: URL): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^[a-z0-9_]+\.ts$/.test(name)) continue;
    const text = await Deno.readTextFile(new URL(name, folder));
    if (/^export (async )?(function|const) benches\b/m.test(text)) names.push(name.slice(0, -3));
  }
  return names.sort();
}

async function repeat(bench: Bench, count: number): Promise<Figure[]> {
  const runs: (readonly Figure[])[] = [];
  for (let i = 0; i < count; i++) {
    console.error(`${bench.name}: run ${i + 1} of ${count}`);
    runs.push(await bench.run());
  }
  return medians(runs);
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

function machineLine(): string {
  const { os, arch, cpu, cores, deno } = machine();
  return `${cpu}, ${cores} cores, ${os} ${arch}, Deno ${deno}; medians`;
}

function tableText(results: readonly ({ bench: string } & Figure)[]): string {
  const rows = [["bench", "figure", "value", "against", "value", "ratio"]].concat(
    results.map(({ bench, name, value, unit, compare, ratio }) => [
      bench,
      name,
      `${figureText(value)} ${unit}`,
      compare?.name ?? "",
      compare ? `${figureText(compare.value)} ${unit}` : "",
      typeof ratio === "number" ? `${figureText(ratio)}x` : "",
    ]),
  );
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd())
    .join("\n");
}

function figureText(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

function mistake(message: string): number {
  console.error(`Error: ${message}`);
  console.error("Suggestion: deno task -q bench [--json] [--runs N] [NAME...]");
  return 2;
}
