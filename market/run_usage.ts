/**
 * What a run of a job took of its provider's machine, as it is kept, and as the result tells it to the buyer:
 *
 * ```text
 * ["usage", WALL_MS, CPU_MS, MEMORY_BYTES, INPUT_BYTES, OUTPUT_BYTES, NETWORK_BYTES]   empty where the machine could not tell
 * ```
 *
 * @module
 */
import type { SkillOutcome } from "../skills/skill.ts";
import type { JobUsageRow } from "../store/job_usage_row.ts";

/** The row of a run. A skill that starts no process has used what cannot be told apart from the provider itself. */
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

/** What a run took, as it is printed. */
export interface PrintedUsage {
  /** Null where the machine could not tell. */
  readonly cpu_ms: number | null;
  /** The most at once; null where the machine could not tell. */
  readonly memory_bytes: number | null;
  readonly wall_ms: number;
  /** Of the request. */
  readonly input_bytes: number;
  /** What it printed. */
  readonly output_bytes: number;
  /** What it sent and got through its proxy; null where it had none. */
  readonly network_bytes: number | null;
}

/** The tag of a result. */
export function usageTag(row: JobUsageRow): string[] {
  const { wallMs, cpuMs, memoryBytes, inputBytes, outputBytes, networkBytes } = row;
  const figures = [wallMs, cpuMs, memoryBytes, inputBytes, outputBytes, networkBytes];
  return ["usage", ...figures.map((each) => each === null ? "" : String(Math.round(each)))];
}

/** What a result says of it, a stranger's words; null where it says nothing that can be read. */
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
