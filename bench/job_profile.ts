/**
 * Profiles paid `echo` jobs with many in flight: CPU and wake-ups of each process, and the calls between its workers. The buyer is this
 * process, like a daemon; relay and connector, the provider, and the chain are other processes. Then it runs DBOS with workflows of four
 * durable steps, like the four paid packets of a job.
 *
 * @module
 */
import type { Counters } from "../runtime/worker_messages.ts";
import { dbosWorkflows } from "./dbos/dbos.ts";
import { devHome, run } from "./dev_home.ts";
import type { Figure } from "./figures.ts";
import { type Buyer, openBuyer } from "./jobs.ts";
import { quantile, timesOf } from "./many_jobs.ts";
import { childrenOf, taken } from "./processes.ts";

const WARM_UP = 50;
const JOBS = 1_000;
const IN_FLIGHT = 64;
/** A provider's control socket reports new counters at this interval. */
const TOLD_MS = 8_000;

/** See {@link Figure}. */
export const benches = { maxRuns: 1, run: besideDbos };

/** Runs ours first; after it has ended, as many workflows of DBOS. */
async function besideDbos(): Promise<Figure[]> {
  const figures = await profile();
  const dbos = await dbosWorkflows(JOBS, IN_FLIGHT);
  if (dbos === null) return figures;
  const beside = new Map([
    [RATE, [dbos.perSecond, 1]],
    [`${RATE}, p50`, [dbos.p50Ms, -1]],
    [`${RATE}, p99`, [dbos.p99Ms, -1]],
  ]);
  return figures.map((each) => {
    const [value, sign] = beside.get(each.name) ?? [];
    return value === undefined ? each : {
      ...each,
      compare: { name: "four steps of DBOS, unpaid", value },
      ratio: (each.value / value) ** sign!,
    };
  });
}

const RATE = "paid echo jobs, 64 in flight";

async function profile(): Promise<Figure[]> {
  await using dev = await devHome();
  await using buyer = await openBuyer(dev.folder);
  const pids = {
    buyer: Deno.pid,
    ...await childrenOf(dev.up.pid, { provider: " node run", chain: "/anvil" }),
    "relay and connector": dev.up.pid,
  };
  await buy(buyer, WARM_UP);
  const [before, asked] = [await taken(pids), await askedBy(dev.folder, buyer)];
  const startMs = performance.now();
  const times = await buy(buyer, JOBS);
  const elapsedMs = performance.now() - startMs;
  const [after, askedAfter] = [await taken(pids), await askedBy(dev.folder, buyer)];
  const each = (name: string, what: "cpuMs" | "wakeUps") =>
    (after[name][what] - before[name][what]) / JOBS;
  const names = Object.keys(pids);
  const sum = (what: "cpuMs" | "wakeUps") =>
    names.reduce((total, name) => total + each(name, what), 0);
  return [
    figure(RATE, JOBS * 1_000 / elapsedMs, "1/s"),
    figure(`${RATE}, p50`, quantile(times, 0.5), "ms"),
    figure(`${RATE}, p99`, quantile(times, 0.99), "ms"),
    figure("CPU of a job, all processes", sum("cpuMs"), "ms"),
    ...names.map((name) => figure(`CPU of a job, ${name}`, each(name, "cpuMs"), "ms")),
    figure("wake-ups of a job, all processes", sum("wakeUps"), ""),
    ...names.map((name) => figure(`wake-ups of a job, ${name}`, each(name, "wakeUps"), "")),
    ...(["buyer", "provider"] as const).flatMap((home) => {
      const parts = Object.keys(askedAfter[home]);
      return parts.map((part) =>
        figure(
          `calls of a job, ${home}, ${part}`,
          (askedAfter[home][part] - (asked[home][part] ?? 0)) / JOBS,
          "",
        )
      ).filter(({ value }) => value >= 0.05).sort((a, b) => b.value - a.value);
    }),
  ];
}

function figure(name: string, value: number, unit: string): Figure {
  return { name, value, unit };
}

/** Buys this number of jobs, at most 64 at once; returns their times, ascending. */
function buy(buyer: Buyer, count: number): Promise<number[]> {
  return timesOf(count, IN_FLIGHT, async () => {
    const { jobId, status } = await buyer.job(crypto.randomUUID());
    if (status !== "success") throw new Error(`job ${jobId}: ${status}`);
  });
}

type Calls = Record<string, number>;

/** The calls that services of both homes have answered, by service and method. */
async function askedBy(
  folder: string,
  buyer: Buyer,
): Promise<{ readonly buyer: Calls; readonly provider: Calls }> {
  await new Promise((resolve) => setTimeout(resolve, TOLD_MS));
  const provider = ["node", "status", "--output", "json", "--home", `${folder}/dev/provider`];
  const status = JSON.parse(await run(folder, provider));
  return {
    buyer: servedOf(buyer.home.supervisor.counters()),
    provider: servedOf(status.services ?? {}),
  };
}

function servedOf(services: Readonly<Record<string, Counters>>): Calls {
  const calls: Calls = { "in all": 0 };
  for (const [service, counters] of Object.entries(services)) {
    for (const [name, count] of Object.entries(counters)) {
      if (!name.startsWith("served ")) continue;
      calls[`${service} ${name.slice("served ".length)}`] = count;
      calls["in all"] += count;
    }
  }
  return calls;
}
