/**
 * Where a job of a home stands, and how it is waited for. Nothing here sends anything: whoever works on the home does.
 *
 * @module
 */
import { unlessAborted } from "../../base/until_aborted.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { DELETION_KIND } from "../../protocols/nostr/kinds.ts";
import type { JobRow, OutboxRow } from "../../store/job_row.ts";
import type { CallbackRow, Store } from "../../store/store.ts";
import type { HomeCall, ProviderTold, Wanted } from "./home_api.ts";

/** A change is told at once: this bounds what a store holds for somebody who is gone. */
const WATCH_MS = 10_000;
const LAST_ASK_MS = 1_500;
const BOOKED_MS = 2_000;
const SEND_MS = 5_000;
const SLOW_MS = 25_000;
const CALLED_LOOK_MS = 100;
/** Longer than all tries of one callback wait, and a run in between. */
const CALLED_MS = 120_000;

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
    const watched = store.watchJob(jobId, "buyer", before.updatedAtMs, WATCH_MS);
    row = await unlessAborted(signal, watched) ?? before;
    if (row.updatedAtMs !== before.updatedAtMs) progress(row);
  }
  if (wanted !== "ended") return row;
  // The relay is asked once more at a deadline: a result that it stored and did not push may come in a moment later.
  if (row.status === "timeout") {
    const watched = store.watchJob(jobId, "buyer", row.updatedAtMs, LAST_ASK_MS);
    row = await unlessAborted(signal, watched) ?? row;
  }
  await untilCalled(store, jobId, signal);
  return row;
}

/** A result may come before the FULFILL of its payment is booked: what was paid belongs to the job. Waits 2 s at most. */
export async function untilBooked(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  await untilSent(store, jobId, (rows) => rows.length === 0, BOOKED_MS, signal);
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
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
): Promise<boolean> {
  return (await store.pendingOfJob(jobId, [], 0)).some(isDeletion);
}

/**
 * Waits until the job's deletion was sent: 5 s, and up to 25 s more where the relay answers then. One that is away is not waited for,
 * a slow machine is: a command that ends leaves nobody who sends.
 *
 * @param isRelayThere Asked once, after the first 5 s.
 */
export async function untilDeletionSent(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
  isRelayThere: () => Promise<boolean>,
  firstMs: number = SEND_MS,
): Promise<ProviderTold> {
  const none = new AbortController().signal;
  const sent = (waitMs: number) =>
    untilSent(store, jobId, (rows) => !rows.some(isDeletion), waitMs, none);
  const isSent = await sent(firstMs) || await isRelayThere() && await sent(SLOW_MS);
  return isSent ? "told" : "queued";
}

/** Waits until what is pending of the job is as wanted, at most so long; whether it is. */
async function untilSent(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
  wanted: (rows: readonly OutboxRow[]) => boolean,
  waitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const untilMs = performance.now() + waitMs;
  let rows = await store.pendingOfJob(jobId, [], 0);
  while (!wanted(rows)) {
    signal.throwIfAborted();
    const leftMs = Math.ceil(untilMs - performance.now());
    if (leftMs <= 0) return false;
    const known = rows.map(({ outboxId }) => outboxId);
    rows = await unlessAborted(signal, store.pendingOfJob(jobId, known, leftMs));
  }
  return true;
}

/** The rows are this home's own, so their bytes are no stranger's. */
function isDeletion({ event }: OutboxRow): boolean {
  return JSON.parse(new TextDecoder().decode(event)).kind === DELETION_KIND;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
