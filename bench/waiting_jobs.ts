/**
 * Measures what a paid `echo` job costs its buyer while 10,000 other jobs wait for their results, compared with ten that wait. The cost with
 * many is measured first, when less of the code is compiled.
 *
 * @module
 */
import type { Change } from "../store/store.ts";
import { devHome } from "./dev_home.ts";
import type { Figure } from "./figures.ts";
import { type Buyer, openBuyer } from "./jobs.ts";
import { eventIdOf, jobIdOf } from "./jobs_in_flight/home.ts";
import { timesOf } from "./many_jobs.ts";
import { openJob } from "./open_job.ts";
import { taken } from "./processes.ts";

const WARM_UP = 200;
const JOBS = 200;
const IN_FLIGHT = 10;
const MANY = 10_000;
const FEW = 10;
const PER_COMMIT = 500;

/** See {@link Figure}. */
export const benches = { maxRuns: 1, run: waitingJobs };

async function waitingJobs(): Promise<Figure[]> {
  await using dev = await devHome();
  await using buyer = await openBuyer(dev.folder);
  const { pubkey } = buyer.home.identity;
  const waiting = Array.from({ length: MANY }, (_, at) => {
    return openJob({ jobId: jobIdOf(at), eventId: eventIdOf(at), buyer: pubkey, jobPaid: true });
  });
  await commitAll(buyer, waiting.map((row) => ({ op: "putJob", row, expect: "absent" })));
  await buy(buyer, WARM_UP);
  const many = await cpuMsOf(buyer);
  const ended = waiting.slice(FEW).map(({ jobId }): Change => {
    return { op: "patchJob", jobId, role: "buyer", patch: { status: "cancelled" } };
  });
  await commitAll(buyer, ended);
  const few = await cpuMsOf(buyer);
  return [{
    name: `CPU of a job at its buyer, ${MANY} others waiting`,
    value: many,
    unit: "ms",
    compare: { name: `${FEW} others waiting`, value: few },
    ratio: few / many,
  }];
}

async function commitAll(buyer: Buyer, changes: readonly Change[]): Promise<void> {
  for (let from = 0; from < changes.length; from += PER_COMMIT) {
    await buyer.home.store.commit(changes.slice(from, from + PER_COMMIT));
  }
}

/** Milliseconds of CPU that this process takes for one job. */
async function cpuMsOf(buyer: Buyer): Promise<number> {
  const used = async () => (await taken({ buyer: Deno.pid })).buyer.cpuMs;
  const before = await used();
  await buy(buyer, JOBS);
  return (await used() - before) / JOBS;
}

async function buy(buyer: Buyer, count: number): Promise<void> {
  await timesOf(count, IN_FLIGHT, async () => {
    const { jobId, status } = await buyer.job(crypto.randomUUID());
    if (status !== "success") throw new Error(`job ${jobId}: ${status}`);
  });
}
