/**
 * Measures cold starts and the memory of an idle provider, of the installed program, compared with an empty program on the same runtime.
 *
 * @module
 */
import { temporaryFolder } from "../base/files/temporary_folder.ts";
import { crosstown, devHome, installedProgram, SOURCES } from "./dev_home.ts";
import { type Figure, median } from "./figures.ts";
import { shell } from "./processes.ts";

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
    const idleMs = await providerCpuMs(dev.up.pid);
    // Measured last, when memory of the start was returned.
    const providerMb = await providerMegabytes(dev.up.pid);
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
        name: "resident memory of an idle provider",
        value: providerMb,
        unit: "MB",
        ...beside("an idle empty program", await idleMegabytes(), providerMb),
      },
      { name: "CPU of an idle provider", value: idleMs, unit: "ms/s" },
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

/** Memory of the provider's process, a child of the network's. Deno reads /proc only with all permissions, so a shell reads it. */
async function providerMegabytes(networkPid: number): Promise<number> {
  return megabytes(await shell(ofProvider(networkPid, "cat $each/status")));
}

/** Milliseconds of CPU per second, of all its threads, when it is idle. */
async function providerCpuMs(networkPid: number): Promise<number> {
  const ticks = async () => {
    const stat = await shell(ofProvider(networkPid, "cat $each/stat"));
    // The name may contain spaces, so fields are counted after it. Fields 14 and 15 are user and system time.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  await new Promise((resolve) => setTimeout(resolve, QUIET_S * 1_000));
  const before = await ticks();
  await new Promise((resolve) => setTimeout(resolve, WATCHED_S * 1_000));
  return (await ticks() - before) * MS_PER_TICK / WATCHED_S;
}

const MS_PER_TICK = 10;

function ofProvider(networkPid: number, command: string): string {
  return `for each in /proc/[0-9]*; do
    if grep -q "^PPid:[[:space:]]*${networkPid}$" $each/status 2>/dev/null &&
      tr '\\0' ' ' < $each/cmdline | grep -q ' node '; then ${command}; fi
  done`;
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
