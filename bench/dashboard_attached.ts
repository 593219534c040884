/**
 * Measures a dashboard beside a home at work: how much memory it takes beside an empty program on the same runtime, and what a job costs
 * the buyer with and without it, in pairs.
 *
 * @module
 */
import process from "node:process";
import { runFlags } from "../shell/run_flags.ts";
import { devHome, installedProgram } from "./dev_home.ts";
import { type Figure, median } from "./figures.ts";
import { openBuyer } from "./jobs.ts";
import { childrenOf, shell } from "./processes.ts";

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
    await using dashboard = await attach(dev.folder);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    beside.push(await jobs(JOBS));
    megabytes = await residentMegabytes(dashboard.pid);
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
      name: "resident memory of a dashboard on a terminal",
      value: megabytes,
      unit: "MB",
      compare: floor,
      ratio: floor.value / megabytes,
    },
  ];
}

/** `node attach` on a pseudo-terminal. It shows a home as `mayor attach` does, and starts no daemon. */
async function attach(folder: string): Promise<AsyncDisposable & { readonly pid: number }> {
  const cli = await installedProgram();
  const config = cli.slice(0, cli.lastIndexOf("/")) + "/deno.json";
  const flags = runFlags(Deno.execPath());
  const args = [Deno.execPath(), "run", "--config", config, ...flags, cli, "node", "attach"];
  const line = args.map((each) => `'${each.replaceAll("'", "'\\''")}'`).join(" ");
  const terminal = new Deno.Command("sh", {
    args: ["-c", `exec script -qc "$1" /dev/null`, "sh", `stty rows 24 cols 80; exec ${line}`],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: folder,
      GASTOWN_HOME: folder,
      TERM: "xterm",
      LANG: "C.UTF-8",
    },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const keyboard = terminal.stdin.getWriter();
  let pid: number | undefined;
  for (let tries = 0; pid === undefined; tries++) {
    if (tries > 600) throw new Error("the dashboard did not start");
    await new Promise((resolve) => setTimeout(resolve, 100));
    pid = (await childrenOf(terminal.pid, { dashboard: " node attach" })).dashboard;
  }
  return {
    pid,
    async [Symbol.asyncDispose]() {
      await keyboard.write(new TextEncoder().encode("q")).catch(() => undefined);
      await terminal.status;
      await keyboard.close().catch(() => undefined);
    },
  };
}

async function residentMegabytes(pid: number): Promise<number> {
  return Number(await shell(`sed -n 's/^VmRSS:[^0-9]*//p' /proc/${pid}/status | cut -d' ' -f1`)) /
    1_024;
}

async function emptyMegabytes(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "await new Promise((end) => setTimeout(end, 60_000))"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const megabytes = await residentMegabytes(child.pid);
  child.kill();
  await child.status;
  return megabytes;
}

/** Processor time of this process, which is the buyer. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
