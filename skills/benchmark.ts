/**
 * Measures the machine on which jobs run: its processors, its disk, and the duration of an empty job in the sandbox.
 *
 * @module
 */
import { runChild } from "./sandbox/child.ts";
import { type Sandbox, sandboxed } from "./sandbox/sandbox.ts";
import { limitSettings } from "./sandbox/shell_limits.ts";
import type { Tools } from "./sandbox/tools.ts";
import { makeWorkFolder, removeWorkFolder } from "./sandbox/work_folder.ts";

/** The figures of a machine; null if not measured. They can be written as JSON and cloned (structured clone). */
export interface Benchmark {
  /** The time of the measurement, in seconds since the epoch. */
  readonly atS: number;
  /** SHA-256 on one processor, in bytes per second. */
  readonly cpuBytesS: number | null;
  /** SHA-256 on all processors, in bytes per second. */
  readonly cpusBytesS: number | null;
  /** Data written and synced to the disk, in bytes per second. */
  readonly diskBytesS: number | null;
  /** The median duration of an empty job in the sandbox, in milliseconds. */
  readonly sandboxMs: number | null;
}

/** What the measurement needs. */
interface BenchmarkPlace {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  /** A folder on the disk where jobs run. Files made there are removed. */
  readonly scratch: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Called with the name of the next measurement. */
  readonly onStep?: (what: string) => void;
  /** Stops the benchmark between two measurements. */
  readonly signal: AbortSignal;
}

const BLOCK_BYTES = 4 << 20;
const CPU_MS = 1_000;
const DISK_BYTES = 128 << 20;
const JOBS = 15;

/** What is measured, in this order. */
export const MEASURES = ["one processor", "all processors", "the disk", "the sandbox"] as const;

/** Measures for about four seconds. Throws errors of the file system, and the signal's reason. */
export async function measureSpeed(place: BenchmarkPlace): Promise<Benchmark> {
  const { clock, onStep, signal, sandbox } = place;
  const folder = `${place.scratch}/benchmark-${crypto.getRandomValues(new Uint8Array(6)).toHex()}`;
  await makeWorkFolder(folder);
  const step = (what: typeof MEASURES[number]) => {
    signal.throwIfAborted();
    onStep?.(what);
  };
  try {
    step("one processor");
    const cpuBytesS = await hashed(1);
    step("all processors");
    const cpusBytesS = await hashed(navigator.hardwareConcurrency || 1);
    step("the disk");
    const diskBytesS = await written(`${folder}/file`);
    step("the sandbox");
    const sandboxMs = sandbox.type === "none" ? null : await emptyJob(place, sandbox, folder);
    return { atS: Math.floor(clock() / 1_000), cpuBytesS, cpusBytesS, diskBytesS, sandboxMs };
  } finally {
    await removeWorkFolder(folder);
  }
}

/** The bytes hashed per second. Each digest runs on its own thread. */
async function hashed(threads: number): Promise<number> {
  const block = new Uint8Array(BLOCK_BYTES);
  const startedAt = performance.now();
  let bytes = 0;
  await Promise.all(Array.from({ length: threads }, async () => {
    while (performance.now() - startedAt < CPU_MS) {
      await crypto.subtle.digest("SHA-256", block);
      bytes += BLOCK_BYTES;
    }
  }));
  return bytes / (performance.now() - startedAt) * 1_000;
}

async function written(path: string): Promise<number> {
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  const startedAt = performance.now();
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  for (let bytes = 0; bytes < DISK_BYTES; bytes += block.length) {
    for (let at = 0; at < block.length;) at += await file.write(block.subarray(at));
  }
  await file.sync();
  return DISK_BYTES / (performance.now() - startedAt) * 1_000;
}

async function emptyJob(
  { tools, clock, signal }: BenchmarkPlace,
  sandbox: Extract<Sandbox, { type: "bubblewrap" }>,
  folder: string,
): Promise<number> {
  const limits = { memoryMb: 64, processes: 16 };
  await Deno.mkdir(`${folder}/job`);
  const took: number[] = [];
  for (let job = 0; job < JOBS; job++) {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const { end, exitCode } = await runChild({
      timeoutMs: 10_000,
      outputBytes: 65_536,
      sh: tools.sh!,
      path: tools.path,
      tree: { ...limits, disk: { folder: `${folder}/job`, mb: 32, files: 500 } },
      groups: tools.groups,
      clock,
      ...sandboxed(sandbox, {
        binds: [{ from: `${folder}/job`, to: "/job", write: true }],
        temp: `${folder}/job`,
        seed: folder,
        cwd: "/job",
        env: { PATH: "/usr/bin:/bin" },
        setup: limitSettings({
          ...limits,
          processes: sandbox.limitsProcesses ? limits.processes : null,
        }),
        command: ["/bin/sh", "-c", "true"],
      }, folder),
    });
    if (end !== "exit" || exitCode !== 0) throw new Error(`an empty job ended by ${end}`);
    took.push(performance.now() - startedAt);
  }
  return took.sort((a, b) => a - b)[JOBS >> 1];
}
