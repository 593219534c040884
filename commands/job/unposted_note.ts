/**
 * Tells a user who waits for a job that its request is not posted yet.
 *
 * @module
 */
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";

const AFTER_MS = 10_000;

/** Prints one note if the job is still `created` after some seconds: then the relay or the connector does not answer. */
export class UnpostedNote implements Disposable {
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  /** `row`: the job as the command knows it. */
  constructor(
    { output }: { readonly output: Pick<Invocation["output"], "note"> },
    { jobId, status }: Pick<JobRow, "jobId" | "status">,
    afterMs: number = AFTER_MS,
  ) {
    if (status !== "created") return;
    const text =
      `${jobId}: its request is not posted yet; 'crosstown logs' says what it waits for, 'crosstown job cancel ${jobId}' gives it up`;
    this.#timer = setTimeout(() => void output.note(text), afterMs);
  }

  /** A change of the job. */
  see({ status }: Pick<JobRow, "status">): void {
    if (status !== "created") clearTimeout(this.#timer);
  }

  /** The command waits no longer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
