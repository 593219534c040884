/**
 * The part of a job's limits that the sandbox itself uses, where this is more than a few hundred KiB.
 *
 * @module
 */
import type { WatchdogLimits } from "./watchdog.ts";

/** What a sandbox needs in addition to the limits of its job. */
export interface SandboxOverhead {
  readonly memoryMb: number;
  readonly processes: number;
  /** Threads, which a control group counts as processes. */
  readonly tasks: number;
  /** Threads of the machine for each process of the job. */
  readonly tasksEach: number;
  /** Whether the memory of the job lies in files without a name, of which its processes map only a part. */
  readonly memoryInFiles: boolean;
}

/**
 * The child with limits that include the overhead, and the limits of its control group. The watchdog counts processes, and a control group
 * counts threads.
 */
export function withOverhead<
  Spec extends { readonly tree?: WatchdogLimits; readonly overhead?: SandboxOverhead },
>(spec: Spec) {
  const { tree, overhead } = spec;
  if (tree === undefined || overhead === undefined) return { spec, group: tree };
  const memoryMb = tree.memoryMb + overhead.memoryMb;
  const processes = tree.processes + overhead.processes;
  const { memoryInFiles } = overhead;
  return {
    spec: { ...spec, tree: { ...tree, memoryMb, processes, memoryInFiles } },
    group: { memoryMb, processes: tree.processes * overhead.tasksEach + overhead.tasks },
  };
}
