/**
 * Commits an invoice's change together with what it means for its job.
 *
 * @module
 */
import type { InvoiceRow } from "../../store/invoice_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Change, Store } from "../../store/store.ts";
import { isConflict } from "../../store/store_error.ts";

const MAX_CONFLICTS = 8;

/** Commits changes together with a change of the invoice's job, if there is one. The job may change at the same moment. */
export async function commitWithJob(
  store: Pick<Store, "getJob" | "commit">,
  { jobId, role }: InvoiceRow,
  changes: readonly Change[],
  patchOf: (job: JobRow) => Partial<JobRow> | null,
): Promise<void> {
  for (let conflicts = 0;; conflicts++) {
    const job = await store.getJob(jobId, role);
    const patch = job === null ? null : patchOf(job);
    try {
      return await store.commit([
        ...changes,
        ...patch === null ? [] : [{ op: "patchJob" as const, jobId, role, patch }],
      ]);
    } catch (error) {
      if (!isConflict(error) || conflicts >= MAX_CONFLICTS) throw error;
    }
  }
}

type Moved = Extract<Change, { op: "moveInvoice" }>;

/** The change of an invoice from its present state. */
export function move({ eventId, role, state }: InvoiceRow, patch: Moved["patch"]): Moved {
  return { op: "moveInvoice", eventId, role, from: state, patch };
}
