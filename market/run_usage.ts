/**
 * What a run of a job used of the provider's machine: the stored row, and the tag by which the result states it to the buyer.
 *
 * ```text
 * ["usage", WALL_MS, CPU_MS, MEMORY_BYTES, INPUT_BYTES, OUTPUT_BYTES, NETWORK_BYTES]   empty if it could not be measured
 * ```
 *
 * @module
 */
import type { SkillOutcome } from "../skills/skill.ts";
import type { JobUsageRow } from "../store/job_usage_row.ts";

/** The row of a run. The use of a skill that starts no process cannot be measured apart from the provider's own. */
export function usageOf(
  jobId: string,
  { bytes }: { readonly bytes: Uint8Array },
  { usage, content, durationMs }: SkillOutcome,
): JobUsageRow {
  return {
    jobId,
    cpuMs: usage?.cpuMs ?? null,
    memoryBytes: usage?.memoryBytes ?? null,
    wallMs: Math.max(0, Math.round(durationMs)),
    inputBytes: bytes.length,
    outputBytes: usage?.outputBytes ?? new TextEncoder().encode(content).length,
    networkBytes: usage?.networkBytes ?? null,
  };
}

/** What a run used, in the form that is printed. */
export interface PrintedUsage {
  /** Null if it could not be measured. */
  readonly cpu_ms: number | null;
  /** The largest amount at any time. Null if it could not be measured. */
  readonly memory_bytes: number | null;
  readonly wall_ms: number;
  /** The size of the request. */
  readonly input_bytes: number;
  /** The size of the output. */
  readonly output_bytes: number;
  /** What it sent and received through its proxy. Null if it had none. */
  readonly network_bytes: number | null;
}

/** The tag in a result. */
export function usageTag(row: JobUsageRow): string[] {
  const { wallMs, cpuMs, memoryBytes, inputBytes, outputBytes, networkBytes } = row;
  const figures = [wallMs, cpuMs, memoryBytes, inputBytes, outputBytes, networkBytes];
  return ["usage", ...figures.map((each) => each === null ? "" : String(Math.round(each)))];
}

/** The usage that a result states. The provider is a stranger; null if the tag is missing or cannot be read. */
export function usageIn(
  { tags }: { readonly tags: readonly (readonly string[])[] },
): PrintedUsage | null {
  const [found, another] = tags.filter(([name]) => name === "usage");
  if (found === undefined || another !== undefined) return null;
  const figures = found.slice(1, 7).map((text) => /^\d{1,15}$/.test(text) ? Number(text) : null);
  const [wall, cpu = null, memory = null, input, output, network = null] = figures;
  if (wall == null || input == null || output == null) return null;
  return {
    cpu_ms: cpu,
    memory_bytes: memory,
    wall_ms: wall,
    input_bytes: input,
    output_bytes: output,
    network_bytes: network,
  };
}
