/**
 * Measures paid jobs whose skill runs `sh -c true` in the sandbox, from request to verified result.
 *
 * @module
 */
import { devHome } from "./dev_home.ts";
import type { Figure } from "./figures.ts";
import { openBuyer } from "./jobs.ts";
import { quantile, timesOf } from "./many_jobs.ts";
import { sellCommand, untilSold } from "./skill_for_sale.ts";

const KIND = 5_800;
const WARM_UP = 50;
const JOBS = 250;
/** With four places, a provider keeps at most 24 jobs of one buyer waiting. */
const IN_FLIGHT = 20;

/** See {@link Figure}. */
export const benches = { maxRuns: 1, run: sandboxedJobs };

async function sandboxedJobs(): Promise<Figure[]> {
  await using dev = await devHome();
  await sellCommand(dev.folder, {
    name: "bench-true",
    kinds: [KIND],
    command: ["sh", "-c", "true"],
  });
  await using buyer = await openBuyer(dev.folder);
  const job = async () => {
    const row = await buyer.job(crypto.randomUUID(), dev.up.provider, KIND);
    if (row.status !== "success") throw new Error(`job ${row.jobId}: ${row.status}`);
  };
  await untilSold(job);
  await timesOf(WARM_UP, IN_FLIGHT, job);
  const startMs = performance.now();
  const times = await timesOf(JOBS, IN_FLIGHT, job);
  const name = "paid jobs of sh -c true in the sandbox";
  return [
    { name, value: JOBS * 1_000 / (performance.now() - startMs), unit: "jobs/s" },
    { name: `${name}, p50`, value: quantile(times, 0.5), unit: "ms" },
  ];
}
