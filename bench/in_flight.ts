/**
 * Compares a home with 100,000 jobs in flight (SC4) with one that has 4,000: the time from the start of a process until
 * it has answered everything that a home asks after a crash, its memory then, finding jobs, and routing results to
 * them.
 *
 * @module
 */
import type { Bench, Figure } from "./figures.ts";
import { makeHome } from "./jobs_in_flight/home.ts";

const MANY = 100_000;
const FEW = 4_000;

/** Most of the half minute is spent on making the larger home. */
export const benches: Bench = { name: "in_flight", maxRuns: 1, run: measure };

interface Measured {
  readonly readyMs: number;
  readonly rssBytes: number;
  readonly prefixes: number;
  readonly events: number;
  readonly routed: number;
}

async function measure(): Promise<readonly Figure[]> {
  const root = await Deno.makeTempDir();
  try {
    await makeHome(`${root}/few`, FEW);
    await makeHome(`${root}/many`, MANY);
    const few = await takeUp(`${root}/few`, FEW);
    const many = await takeUp(`${root}/many`, MANY);
    const megabytes = ({ rssBytes }: Measured) => rssBytes / 2 ** 20;
    return [
      lower("recovery, process start to ready", "ms", many.readyMs, few.readyMs),
      lower("memory when ready", "MB", megabytes(many), megabytes(few)),
      higher("jobs found by a beginning of their id", many.prefixes, few.prefixes),
      higher("jobs found by their event", many.events, few.events),
      higher("results routed and durable, 256 at once", many.routed, few.routed),
    ];
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function takeUp(folder: string, jobs: number): Promise<Measured> {
  const script = new URL("./jobs_in_flight/start.ts", import.meta.url).pathname;
  const startMs = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--cached-only",
      "--no-prompt",
      "--no-check",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
      script,
      folder,
      String(jobs),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let readyMs: number | null = null;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (readyMs === null && text.includes("ready\n")) readyMs = performance.now() - startMs;
  }
  const { success } = await child.status;
  if (!success || readyMs === null) throw new Error(`a home of ${jobs} jobs could not be taken up`);
  return { ...JSON.parse(text.slice(text.indexOf("{"))), readyMs };
}

function lower(name: string, unit: string, value: number, compared: number): Figure {
  const compare = { name: `${FEW} jobs`, value: compared };
  return { name: `${name}, ${MANY} jobs`, value, unit, compare, ratio: compared / value };
}

function higher(name: string, value: number, compared: number): Figure {
  const compare = { name: `${FEW} jobs`, value: compared };
  return { name: `${name}, ${MANY} jobs`, value, unit: "1/s", compare, ratio: value / compared };
}
