/**
 * Reads a provider's job right before its run, in one question: its row, and how it is paid.
 *
 * @module
 */
import type { RunTerms } from "../market/run_answer.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Store } from "../store/store.ts";
import type { Item } from "./stage.ts";

/** The job of an accepted request, and how it is paid. The terms are undefined if the item does not know the id of its request. */
export async function readRun(
  store: Pick<Store, "readTogether">,
  { known: { job_id: jobId, id } }: Item,
): Promise<[JobRow | null, RunTerms | undefined]> {
  const eventId = String(id);
  const [job, quote, meter] = await store.readTogether(
    ["getJob", String(jobId), "provider"],
    ["quoteOf", eventId],
    ["meterOf", eventId, "provider"],
  );
  return [job, job?.eventId === eventId ? { quote, meter } : undefined];
}
