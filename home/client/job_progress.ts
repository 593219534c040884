/**
 * Where a job of a home stands, and how it is waited for. Nothing here sends anything: whoever works on the home does.
 *
 * @module
 */
import { isEnded } from "../../protocols/job_status.ts";
import { DELETION_KIND } from "../../protocols/nostr/kinds.ts";
import type { JobRow, OutboxRow } from "../../store/job_row.ts";
import type { CallbackRow, Store } from "../../store/store.ts";
import type { HomeCall, ProviderTold, Wanted } from "./home_api.ts";

const WATCH_MS = 250;
const LAST_ASK_MS = 1_500;
const BOOKED_MS = 2_000;
const SEND_MS = 5_000;
const LOOK_MS = 50;
const CALLED_LOOK_MS = 100;
/** Longer than all tries of one callback wait, and a run in between. */
const CALLED_MS = 120_000;
const PAGE_ROWS = 256;

/** Whether the job is there. */
export function isThere(row: JobRow, wanted: Wanted): boolean {
  if (isEnded(row.status)) return true;
  if (wanted === "ended") return false;
  if (row.status === "unknown") return true;
  return row.amountUnits === 0n ? row.status !== "created" : row.jobPaid;
}

/**
 * Waits until the job is there and tells each change; where its end is wanted, its callbacks are over then.
 *
 * @throws the signal's reason; RangeError for an unknown job
 */
export async function untilJobThere(
  store: Pick<Store, "getJob" | "watchJob" | "callbacksOf">,
  jobId: string,
  wanted: Wanted,
  { signal, progress }: HomeCall<JobRow>,
): Promise<JobRow> {
  let row = await store.getJob(jobId, "buyer");
  if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
  while (!isThere(row, wanted)) {
    signal.throwIfAborted();
    const before: JobRow = row;
    row = await store.watchJob(jobId, "buyer", before.updatedAtMs, WATCH_MS) ?? before;
    if (row.updatedAtMs !== before.updatedAtMs) progress(row);
  }
  if (wanted !== "ended") return row;
  // The relay is asked once more at a deadline: a result that it stored and did not push may come in a moment later.
  if (row.status === "timeout") {
    row = await store.watchJob(jobId, "buyer", row.updatedAtMs, LAST_ASK_MS) ?? row;
  }
  await untilCalled(store, jobId, signal);
  return row;
}

/** A result may come before the FULFILL of its payment is booked: what was paid belongs to the job. Waits 2 s at most. */
export async function untilBooked(
  store: Pick<Store, "pendingOutbox">,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = performance.now() + BOOKED_MS;
  while (performance.now() < untilMs && (await pendingOf(store, jobId)).length > 0) {
    signal.throwIfAborted();
    await sleep(LOOK_MS);
  }
}

/** Waits until no document of the job waits for its skill, or each was tried so often; gives the newest document. */
export async function untilCalled(
  store: Pick<Store, "callbacksOf">,
  jobId: string,
  signal: AbortSignal,
  tries = Infinity,
): Promise<CallbackRow | null> {
  const untilMs = performance.now() + CALLED_MS;
  for (;;) {
    const rows = await store.callbacksOf(jobId);
    const over = rows.every((row) => row.state !== "waiting" || row.tries >= tries);
    if (over || performance.now() > untilMs) return rows.at(-1) ?? null;
    signal.throwIfAborted();
    await sleep(CALLED_LOOK_MS);
  }
}

/** Whether the deletion of the job's request still waits to be sent. */
export async function deletionWaits(
  store: Pick<Store, "pendingOutbox">,
  jobId: string,
): Promise<boolean> {
  return (await pendingOf(store, jobId)).some(isDeletion);
}

/** Waits at most 5 s until the job's deletion was sent. */
export async function untilDeletionSent(
  store: Pick<Store, "pendingOutbox">,
  jobId: string,
): Promise<ProviderTold> {
  const untilMs = performance.now() + SEND_MS;
  while (await deletionWaits(store, jobId)) {
    if (performance.now() > untilMs) return "queued";
    await sleep(LOOK_MS);
  }
  return "told";
}

async function pendingOf(
  store: Pick<Store, "pendingOutbox">,
  jobId: string,
): Promise<readonly OutboxRow[]> {
  const found: OutboxRow[] = [];
  for (let after = 0;;) {
    const rows = await store.pendingOutbox(after, PAGE_ROWS, 0);
    found.push(...rows.filter((row) => row.jobId === jobId));
    if (rows.length < PAGE_ROWS) return found;
    after = rows[rows.length - 1].outboxId;
  }
}

/** The rows are this home's own, so their bytes are no stranger's. */
function isDeletion({ event }: OutboxRow): boolean {
  return JSON.parse(new TextDecoder().decode(event)).kind === DELETION_KIND;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
