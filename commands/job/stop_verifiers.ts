/**
 * When enough answers of a verification are equal, the jobs that still run and still cost something are cancelled.
 *
 * @see docs/money.md#verified-jobs
 * @module
 */
import { isConflict } from "../../store/store_error.ts";
import type { VerificationState } from "../../market/verification_state.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import { wantedMode } from "../../protocols/nostr/job_quote.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";

/**
 * Cancels them, and returns their ids. A job that was paid upfront costs nothing more, and its answer is still compared. So it is cancelled
 * only where its provider can be told for nothing.
 *
 * @param freeWrites Whether the deletion of a request costs nothing.
 * @param clock Milliseconds since the epoch.
 */
export async function stopVerifiers(
  home: Pick<HomeClient, "read" | "cancelJob">,
  { state, rows }: Pick<VerificationState, "state" | "rows">,
  freeWrites: boolean,
  clock: () => number,
): Promise<string[]> {
  if (state !== "agreed") return [];
  const running = rows.filter(({ status }) => !isEnded(status));
  const stopped = await Promise.all(running.map(async (row) => {
    const { jobId } = row;
    if (!freeWrites && !await home.read((store) => costsMore(store, row))) return [];
    try {
      await home.cancelJob({ jobId, atMs: clock() });
      return [jobId];
    } catch (error) {
      // It ended at this moment.
      if (!isConflict(error)) throw error;
      return [];
    }
  }));
  return stopped.flat();
}

/** Whether more may be paid for a job. The least that is paid then is more than the deletion of its request costs. */
async function costsMore(
  store: Pick<Store, "meterOf">,
  { eventId, request }: JobRow,
): Promise<boolean> {
  const asked = JSON.parse(new TextDecoder().decode(request)) as UnsignedEvent;
  const mode = wantedMode(asked);
  if (mode !== "metered") return mode === "on-delivery";
  const meter = await store.meterOf(eventId, "buyer");
  return meter !== null && meter.paid < meter.most;
}
