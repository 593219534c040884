/**
 * Measures a market under load: 200 jobs by 20 providers, each a real process with its own home, keys and channel. Relay, connector and
 * chain are one more process; the buyer is this one, like a daemon. It compares with a single provider in the same market.
 *
 * @module
 */
import { devHome } from "./dev_home.ts";
import type { Figure } from "./figures.ts";
import { type Buyer, openBuyer } from "./jobs.ts";
import { meteredFigures, quoteFigures, sellOutput } from "./market_terms.ts";

const PROVIDERS = 20;
const JOBS = 200;
const ALONE = 40;
/** The success rate that a market must reach. */
const WANTED_PERCENT = 95;
const WANTED_MS = 30_000;

/** One run only, because preparing the market takes most of a minute. */
export const benches = { name: "market", maxRuns: 1, run: market };

async function market(): Promise<Figure[]> {
  const startMs = performance.now();
  await using dev = await devHome(["--providers", `${PROVIDERS}`, "--jobs", "2"]);
  const upMs = performance.now() - startMs;
  await using buyer = await openBuyer(dev.folder);
  const { providers } = dev.up;
  await sellOutput(dev.folder);
  // Each provider gets one job first, so that a running market is measured.
  await flight(buyer, providers, providers.length);
  const one = await flight(buyer, providers.slice(0, 1), ALONE);
  const all = await flight(buyer, providers, JOBS);
  const terms = [...await quoteFigures(buyer), ...await meteredFigures(buyer)];
  const name = `${JOBS} jobs by ${PROVIDERS} providers`;
  const alone = `${ALONE} jobs by one of them`;
  return [
    {
      name: `${name}, success`,
      value: all.successes * 100 / JOBS,
      unit: "%",
      compare: { name: "wanted", value: WANTED_PERCENT },
      ratio: all.successes * 100 / JOBS / WANTED_PERCENT,
    },
    {
      name: `${name}, all at once, p50`,
      value: all.p50Ms,
      unit: "ms",
      compare: { name: "wanted", value: WANTED_MS },
      ratio: WANTED_MS / all.p50Ms,
    },
    {
      name: `${name}, all at once, p99`,
      value: all.p99Ms,
      unit: "ms",
      compare: { name: "wanted of the median", value: WANTED_MS },
      ratio: WANTED_MS / all.p99Ms,
    },
    {
      name,
      value: all.perSecond,
      unit: "jobs/s",
      compare: { name: alone, value: one.perSecond },
      ratio: all.perSecond / one.perSecond,
    },
    {
      name: `dev up with ${PROVIDERS} providers, each`,
      value: upMs / PROVIDERS,
      unit: "ms",
    },
    ...terms,
  ];
}

interface Flown {
  readonly successes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/** Posts all jobs at once, to each provider in turn. A failed job lowers the success rate and does not hide another. */
async function flight(buyer: Buyer, providers: readonly string[], count: number): Promise<Flown> {
  const startMs = performance.now();
  const times: number[] = [];
  let successes = 0;
  const job = async (at: number) => {
    const input = crypto.randomUUID();
    try {
      const row = await buyer.job(input, providers[at % providers.length]);
      if (row.status === "success") successes++;
      else console.error(`market: job ${row.jobId}: ${row.status}`);
    } catch (error) {
      console.error(`market: ${error instanceof Error ? error.message : error}`);
    }
    times.push(performance.now() - startMs);
  };
  await Promise.all(Array.from({ length: count }, (_, at) => job(at)));
  const perSecond = successes * 1_000 / (performance.now() - startMs);
  times.sort((a, b) => a - b);
  const quantile = (share: number) => times[Math.min(count - 1, Math.floor(count * share))];
  return { successes, p50Ms: quantile(0.5), p99Ms: quantile(0.99), perSecond };
}
