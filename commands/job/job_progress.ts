/**
 * Tells the user about a job's progress.
 *
 * @module
 */
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";

/** What the user is told if the command ends before the job. */
export function jobGoesOn(jobId: string): { readonly goesOn: string; readonly suggestion: string } {
  return {
    goesOn: `job ${jobId} continues`,
    suggestion:
      `'crosstown job status ${jobId}' shows it, 'crosstown job cancel ${jobId}' cancels it`,
  };
}

/** Prints each change of the job's status and of its provider. */
export function tellProgress({ output }: Pick<Invocation, "output">): (row: JobRow) => void {
  let asked: string | null | undefined;
  return ({ jobId, status, provider }) => {
    const next = asked !== undefined && asked !== provider;
    asked = provider;
    void output.note(
      next ? `${jobId}: its provider refused it; asking ${provider}` : `${jobId}: ${status}`,
    );
  };
}
