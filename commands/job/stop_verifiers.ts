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

/** When enough answers are equal, the other providers get as much time again, within these bounds. */
const LEAST_REST_MS = 1_000;
const MOST_REST_MS = 30_000;

/** How long the other providers still get when enough answers are equal, from the last of these on. */
export function restMs({ agreed }: Pick<VerificationState, "agreed">): number {
  const tookMs = Math.max(...agreed.map(({ row }) => row.updatedAtMs - row.createdAtMs), 0);
  return Math.min(MOST_REST_MS, Math.max(LEAST_REST_MS, tookMs));
}

/** Whether the time for the other answers of a decided verification is over. */
export function isRestOver(
  state: Pick<VerificationState, "state" | "agreed">,
  nowMs: number,
): boolean {
  if (state.state !== "agreed") return false;
  const lastMs = Math.max(...state.agreed.map(({ row }) => row.updatedAtMs));
  return nowMs >= lastMs + restMs(state);
}

/** What cancelling needs of a home. */
export interface StopsVerifiers extends Pick<HomeClient, "read"> {
  /** Resolves when the job is cancelled. Rejects with `conflict` if it has ended. */
  cancelJob(asked: { readonly jobId: string; readonly atMs: number }): Promise<unknown>;
}

/**
 * Cancels them, and returns their ids. A job that was paid upfront costs nothing more, and its answer is still compared. So it is cancelled
 * only where its provider can be told for nothing.
 *
 * @param freeWrites Whether the deletion of a request costs nothing.
 * @param clock Milliseconds since the epoch.
 */
export async function stopVerifiers(
  home: StopsVerifiers,
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
