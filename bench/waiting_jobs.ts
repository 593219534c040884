/**
 * Measures what a paid `echo` job costs its buyer while 10,000 other jobs wait for their results, compared with ten that wait. The cost with
 * many is measured first, when less of the code is compiled.
 *
 * @module
 */
import type { Change } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import { devHome } from "./dev_home.ts";
import type { Figure } from "./figures.ts";
import { type Buyer, openBuyer } from "./jobs.ts";
import { eventIdOf, jobIdOf } from "./jobs_in_flight/home.ts";
import { timesOf } from "./many_jobs.ts";
import { taken } from "./processes.ts";

const WARM_UP = 200;
const JOBS = 200;
const IN_FLIGHT = 10;
const MANY = 10_000;
const FEW = 10;
const PER_COMMIT = 500;
const REQUEST_BYTES = 875;

/** See {@link Figure}. */
export const benches = { maxRuns: 1, run: waitingJobs };

async function waitingJobs(): Promise<Figure[]> {
  await using dev = await devHome();
  await using buyer = await openBuyer(dev.folder);
  const waiting = Array.from({ length: MANY }, (_, at) => waitingJob(at, buyer));
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

/** A posted job of another provider, which has a day to answer. */
function waitingJob(at: number, buyer: Buyer): JobRow {
  const nowMs = Date.now();
  return {
    jobId: jobIdOf(at),
    role: "buyer",
    eventId: eventIdOf(at),
    kind: 5_601,
    type: "ci-run",
    status: "posted",
    buyer: buyer.home.identity.pubkey,
    provider: "a".repeat(64),
    callbackSkill: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    timeoutS: 86_400,
    amountUnits: 1_000n,
    jobPaid: true,
    writeUnits: 8_750n,
    request: new Uint8Array(REQUEST_BYTES),
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
  };
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
