/**
 * Measures a dashboard beside a home at work: how much memory it takes beside an empty program on the same runtime, and what a job costs
 * the buyer with and without it, in pairs.
 *
 * @module
 */
import process from "node:process";
import { attachTo, megabytesOf } from "./attached_terminal.ts";
import { devHome } from "./dev_home.ts";
import { type Figure, median } from "./figures.ts";
import { openBuyer } from "./jobs.ts";

const PAIRS = 4;
const JOBS = 12;
const WARM_UP = 6;
/** The dashboard has started and drawn its first frames. */
const QUIET_MS = 5_000;

/** See {@link Figure}. */
export const benches = { maxRuns: 1, run: attached };

async function attached(): Promise<Figure[]> {
  await using dev = await devHome();
  await using buyer = await openBuyer(dev.folder);
  const jobs = async (count: number): Promise<number> => {
    const before = cpuMs();
    for (let i = 0; i < count; i++) {
      const { jobId, status } = await buyer.job(crypto.randomUUID());
      if (status !== "success") throw new Error(`job ${jobId}: ${status}`);
    }
    return (cpuMs() - before) / count;
  };
  await jobs(WARM_UP);
  const alone: number[] = [];
  const beside: number[] = [];
  let megabytes = 0;
  for (let pair = 0; pair < PAIRS; pair++) {
    alone.push(await jobs(JOBS));
    await using dashboard = await attachTo(dev.folder, "node");
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    beside.push(await jobs(JOBS));
    megabytes = await megabytesOf(dashboard.pid, "VmRSS");
  }
  const cost = { name: "without a dashboard", value: median(alone) };
  const floor = { name: "an empty program", value: await emptyMegabytes() };
  return [
    {
      name: "processor time of a buyer's echo job, with a dashboard attached",
      value: median(beside),
      unit: "ms",
      compare: cost,
      ratio: cost.value / median(beside),
    },
    {
      name: "resident memory of a dashboard without a daemon",
      value: megabytes,
      unit: "MB",
      compare: floor,
      ratio: floor.value / megabytes,
    },
  ];
}

async function emptyMegabytes(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "await new Promise((end) => setTimeout(end, 60_000))"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const megabytes = await megabytesOf(child.pid, "VmRSS");
  child.kill();
  await child.status;
  return megabytes;
}

/** Processor time of this process, which is the buyer. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
