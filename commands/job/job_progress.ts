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

/**
 * Prints each change of the job's status and of its provider, and when the last increment of a metered job is paid that its bid covers: then
 * its buyer has a minute for more.
 */
export function tellProgress(
  { output }: Pick<Invocation, "output">,
  home: Pick<HomeClient, "read">,
): (row: JobRow) => void {
  const asked = new Map<string, string | null>();
  const shown = new Map<string, JobRow["status"]>();
  /** The most increments of jobs whose last one was told. */
  const told = new Map<string, number>();
  const tellUsedUp = async ({ jobId, eventId, status }: JobRow): Promise<void> => {
    if (isEnded(status)) return;
    const meter = await home.read((store) => store.meterOf(eventId, "buyer"));
    if (meter === null || meter.paid < meter.most || told.get(jobId) === meter.most) return;
    told.set(jobId, meter.most);
    await output.note(
      `${jobId}: the last increment that its bid covers is paid; if it needs more, 'crosstown job top-up ${jobId} --bid AMOUNT' within a minute lets it go on`,
    );
  };
  return (row) => {
    const { jobId, status, provider } = row;
    const next = asked.has(jobId) && asked.get(jobId) !== provider;
    const isNew = next || shown.get(jobId) !== status;
    asked.set(jobId, provider);
    shown.set(jobId, status);
    if (isNew) {
      void output.note(
        next ? `${jobId}: its provider refused it; asking ${provider}` : `${jobId}: ${status}`,
      );
    }
    // The home may be closed meanwhile.
    void tellUsedUp(row).catch(() => undefined);
  };
}
