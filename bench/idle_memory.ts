/**
 * Measures where an idle provider's memory is, by its mappings (`/proc/PID/smaps`), and how much an idle worker needs.
 *
 * @module
 */
import { devHome } from "./dev_home.ts";
import type { Figure } from "./figures.ts";
import { childOf, shell } from "./processes.ts";

/** After this time, memory that the start needed was returned, and workers that nothing needs have ended. */
const QUIET_S = 120;
const WORKERS = 10;
/** V8 keeps objects in pages of this size; glibc's arenas begin at multiples of their own size. */
const V8_PAGE = 262_144;
const ARENA = 67_108_864;

/** See {@link Figure}. */
export const benches = { maxRuns: 1, run: memory };

async function memory(): Promise<Figure[]> {
  await using dev = await devHome();
  const provider = await childOf(dev.up.pid, " node run");
  await new Promise((resolve) => setTimeout(resolve, QUIET_S * 1_000));
  const parts = partsOf(await shell(`cat /proc/${provider}/smaps`));
  const threads = await shell(`cat /proc/${provider}/task/*/comm`);
  const workers = threads.split("\n").filter((name) => /^worker-\d+$/.test(name)).length;
  const [none, some] = [await emptyMegabytes(0), await emptyMegabytes(WORKERS)];
  const total = Object.values(parts).reduce((sum, megabytes) => sum + megabytes, 0);
  return [
    { name: "idle provider, resident", value: total, unit: "MB" },
    ...Object.entries(parts).map(([name, value]) => ({ name: `of it ${name}`, value, unit: "MB" })),
    { name: "its workers", value: workers, unit: "" },
    { name: "an empty program", value: none, unit: "MB" },
    { name: "a worker that does nothing", value: (some - none) / WORKERS, unit: "MB" },
  ];
}

/** Megabytes by owner. */
function partsOf(smaps: string): Record<string, number> {
  const parts: Record<string, number> = {
    "JavaScript objects (pages of V8)": 0,
    "what native code allocated (malloc)": 0,
    "compiled code": 0,
    "the program's file and libraries, shared with other processes": 0,
    "the rest": 0,
  };
  const names = Object.keys(parts);
  let part = names[4];
  for (const line of smaps.split("\n")) {
    const mapping = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (mapping !== null) {
      const [start, end] = [Number.parseInt(mapping[1], 16), Number.parseInt(mapping[2], 16)];
      part = names[partOf(start, end - start, mapping[3], mapping[4])];
    }
    const resident = /^Rss:\s+(\d+) kB$/.exec(line);
    if (resident !== null) parts[part] += Number(resident[1]) / 1_024;
  }
  return parts;
}

function partOf(start: number, sizeBytes: number, access: string, name: string): number {
  if (name.startsWith("/")) return 3;
  if (name === "[heap]" || (name === "" && start % ARENA === 0 && !access.includes("x"))) return 1;
  if (access.includes("x")) return 2;
  return name === "" && sizeBytes % V8_PAGE === 0 ? 0 : 4;
}

/** Resident memory of a program that only started this number of empty workers. */
async function emptyMegabytes(workers: number): Promise<number> {
  const code = `for (let n = 0; n < ${workers}; n++) {
    const worker = new Worker("data:application/javascript,postMessage(1)", { type: "module" });
    await new Promise((resolve) => worker.onmessage = resolve);
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  console.log(Deno.memoryUsage().rss);
  Deno.exit(0);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", code],
    stdin: "null",
    stderr: "null",
  }).output();
  const bytes = Number(new TextDecoder().decode(stdout));
  if (!(bytes > 0)) throw new Error("no empty program told its memory");
  return bytes / 1_048_576;
}
