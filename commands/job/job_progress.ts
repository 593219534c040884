/**
 * Tells the user about a job's progress.
 *
 * @module
 */
import { isEnded } from "../../protocols/job_status.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
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

/** Warns that no process will pay the increments of a running job. */
export async function warnMetered(
  { output }: Pick<Invocation, "output">,
  home: Pick<HomeClient, "about" | "read">,
  { jobId, eventId, status }: JobRow,
): Promise<void> {
  if (home.about.role !== "command" || isEnded(status)) return;
  if (await home.read((store) => store.meterOf(eventId, "buyer")) === null) return;
  await output.warn(
    `${jobId} is paid while it runs, and stops when nobody pays: 'crosstown job wait ${jobId}' or 'crosstown mayor up' pays`,
  );
}

/** Prints each change of the job's status and of its provider. */
export function tellProgress({ output }: Pick<Invocation, "output">): (row: JobRow) => void {
  const asked = new Map<string, string | null>();
  return ({ jobId, status, provider }) => {
    const next = asked.has(jobId) && asked.get(jobId) !== provider;
    asked.set(jobId, provider);
    void output.note(
      next ? `${jobId}: its provider refused it; asking ${provider}` : `${jobId}: ${status}`,
    );
  };
}
