/**
 * What a run of a job took of its provider's machine, as it is kept.
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
