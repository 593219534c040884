/**
 * Tells a command's user how a job comes along.
 *
 * @module
 */
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";

/** What a user is told whose command ends before its job. */
export function jobGoesOn(jobId: string): { readonly goesOn: string; readonly suggestion: string } {
  return {
    goesOn: `job ${jobId} continues`,
    suggestion:
      `'crosstown job status ${jobId}' shows it, 'crosstown job cancel ${jobId}' cancels it`,
  };
}

/** Tells how a job stands, and who is asked for it now. */
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
