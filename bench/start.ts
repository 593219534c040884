/**
 * Measures starts of the installed program, and the memory and CPU of its idle daemons, compared with an empty program on the same runtime.
 *
 * @module
 */
import { temporaryFolder } from "../base/files/temporary_folder.ts";
import { crosstown, devHome, installedProgram, mayorOf, SOURCES } from "./dev_home.ts";
import { type Figure, median } from "./figures.ts";
import { childOf, shell, taken } from "./processes.ts";

const REPEATS = 9;
const SUBMITS = 5;
/** After this time, a provider has completed its start, and workers that nothing needs have ended. */
const QUIET_S = 120;
const WATCHED_S = 30;

/** See {@link Figure}. */
export async function benches(): Promise<Figure[]> {
  const folder = await temporaryFolder({ prefix: "ctb" });
  const empty = `${folder}/empty.ts`;
  try {
    await Deno.writeTextFile(empty, "");
    const emptyMs = await medianMs(REPEATS, () => end(bare(empty)));
    const cli = await installedProgram();
    const helpMs = await medianMs(REPEATS, () => end(crosstown(folder, ["--help"], { cli })));
    await using dev = await devHome();
    const submits: number[] = [];
    const ofSources: number[] = [];
    await postedMs(dev.folder, cli);
    for (let i = 0; i < SUBMITS; i++) {
      submits.push(await postedMs(dev.folder, cli));
      ofSources.push(await postedMs(dev.folder, SOURCES));
    }
    const submitMs = median(submits);
    const sourcesMs = median(ofSources);
    const provider = await childOf(dev.up.pid, " node run");
    await using mayor = await mayorOf(dev.folder);
    const besideDaemon: number[] = [];
    for (let i = 0; i < SUBMITS; i++) besideDaemon.push(await postedMs(dev.folder, cli));
    const daemonMs = median(besideDaemon);
    const [idleMs, idleBuyerMs] = await idleCpuMs([provider, mayor.pid]);
    // Measured last, when memory of the start was returned.
    const [providerMb, buyerMb] = [await megabytesOf(provider), await megabytesOf(mayor.pid)];
    const idleMb = await idleMegabytes();
    return [
      { name: "--help", value: helpMs, unit: "ms", ...beside("an empty program", emptyMs, helpMs) },
      {
        name: "job submit, from a cold start to posted",
        value: submitMs,
        unit: "ms",
        ...beside("an empty program", emptyMs, submitMs),
      },
      {
        name: "the same from the sources",
        value: sourcesMs,
        unit: "ms",
        ...beside("the installed program", submitMs, sourcesMs),
      },
      {
        name: "job submit beside a daemon, to posted",
        value: daemonMs,
        unit: "ms",
        ...beside("an empty program", emptyMs, daemonMs),
      },
      {
        name: "resident memory of an idle provider",
        value: providerMb,
        unit: "MB",
        ...beside("an idle empty program", idleMb, providerMb),
      },
      {
        name: "resident memory of an idle buyer's daemon",
        value: buyerMb,
        unit: "MB",
        ...beside("an idle empty program", idleMb, buyerMb),
      },
      { name: "CPU of an idle provider", value: idleMs, unit: "ms/s" },
      { name: "CPU of an idle buyer's daemon", value: idleBuyerMs, unit: "ms/s" },
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function beside(name: string, value: number, ours: number) {
  return { compare: { name, value }, ratio: value / ours };
}

function bare(file: string): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "--cached-only", "--no-prompt", file],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function end(command: Deno.Command): Promise<void> {
  const { code, stderr } = await command.output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}

async function medianMs(times: number, work: () => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    await work();
    all.push(performance.now() - startMs);
  }
  return median(all);
}

/**
 * How long until the command reports that its request is on the relay. Waits for the command's end, so that it does not slow the next
 * measurement.
 */
async function postedMs(folder: string, cli: string): Promise<number> {
  const args = ["job", "submit", "echo", "--input", crypto.randomUUID()];
  const startMs = performance.now();
  const child = crosstown(folder, args, { cli }).spawn();
  const ended = [child.status, child.stdout.cancel()];
  let said = "";
  let atMs: number | null = null;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (atMs === null && said.includes(": posted")) atMs = performance.now();
  }
  await Promise.all(ended);
  if (atMs === null) throw new Error(`not posted: ${said.slice(-500)}`);
  return atMs - startMs;
}

/** Memory of a process. Deno reads /proc only with all permissions, so a shell reads it. */
async function megabytesOf(pid: number): Promise<number> {
  return megabytes(await shell(`cat /proc/${pid}/status`));
}

/** Milliseconds of CPU per second that each process takes when it is idle, all threads together. */
async function idleCpuMs(pids: readonly number[]): Promise<number[]> {
  const used = () => taken(Object.fromEntries(pids.map((pid) => [String(pid), pid])));
  await new Promise((resolve) => setTimeout(resolve, QUIET_S * 1_000));
  const before = await used();
  await new Promise((resolve) => setTimeout(resolve, WATCHED_S * 1_000));
  const after = await used();
  return pids.map((pid) => (after[pid].cpuMs - before[pid].cpuMs) / WATCHED_S);
}

async function idleMegabytes(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "await new Promise((done) => setTimeout(done, 2_000))"],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const status = await shell(`sleep 1; cat /proc/${child.pid}/status`);
  await child.status;
  return megabytes(status);
}

function megabytes(status: string): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error("no such process");
  return Number(kilobytes) / 1024;
}
