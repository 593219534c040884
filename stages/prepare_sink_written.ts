/**
 * The jobs that prepareSink wrote last, as they are in the store unless somebody else has changed them since. So it need not read a job
 * again between two documents of it.
 *
 * @module
 */
import type { JobRow } from "../store/job_row.ts";

/** As many documents are in progress at once. */
const MAX_HELD = 64;

/** Held: the rows of 64 jobs. */
export class WrittenJobs {
  readonly #rows = new Map<string, JobRow>();

  /** Remembers a job after the commit that changed it. */
  add(job: JobRow, patch: Partial<JobRow>): void {
    const key = keyOf(job);
    // The store lets this time rise with each change.
    const updatedAtMs = Math.max(patch.updatedAtMs ?? 0, job.updatedAtMs + 1);
    this.#rows.delete(key);
    this.#rows.set(key, { ...job, ...patch, updatedAtMs });
    if (this.#rows.size > MAX_HELD) this.#rows.delete(this.#rows.keys().next().value!);
  }

  /** The row that was written here, if it is newer than this one; otherwise this one. */
  newer(job: JobRow): JobRow {
    const last = this.#rows.get(keyOf(job));
    return last !== undefined && last.updatedAtMs > job.updatedAtMs ? last : job;
  }
}

/** A home may be buyer and provider of one job. */
function keyOf({ role, jobId }: JobRow): string {
  return `${role} ${jobId}`;
}
