/**
 * Waits for the state of a job. Nothing here sends anything: the process that holds the home does.
 *
 * @module
 */
import { unlessAborted } from "../../base/until_aborted.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { DELETION_KIND, DELIVERY_ORDER_KIND } from "../../protocols/nostr/kinds.ts";
import type { JobRow, OutboxRow } from "../../store/job_row.ts";
import type { CallbackRow, Store } from "../../store/store.ts";
import type { HomeCall, ProviderTold, Wanted } from "./home_api.ts";

/** A change is reported at once. This limit releases the store's memory of a caller that is gone. */
const WATCH_MS = 10_000;
const LAST_ASK_MS = 1_500;
const BOOKED_MS = 2_000;
const SEND_MS = 5_000;
const SLOW_MS = 25_000;
const CALLED_LOOK_MS = 100;
/** Longer than the pauses between all tries of one callback, and one run. */
const CALLED_MS = 120_000;

/** Whether the job has reached the wanted state. */
export function isThere(row: JobRow, wanted: Wanted): boolean {
  if (isEnded(row.status)) return true;
  if (wanted === "ended") return false;
  if (row.status === "unknown") return true;
  return row.amountUnits === 0n ? row.status !== "created" : row.jobPaid;
}

/**
 * Waits for the wanted state and reports each change. If `ended` is wanted, it also waits for the job's callbacks.
 *
 * @param knownMs The time of the last change that the caller knows. A later one is reported at once. Null reports changes from now on.
 * @throws the signal's reason; RangeError for an unknown job
 */
export async function untilJobThere(
  store: Pick<Store, "getJob" | "watchJob" | "callbacksOf">,
  jobId: string,
  wanted: Wanted,
  { signal, progress }: HomeCall<JobRow>,
  knownMs: number | null = null,
): Promise<JobRow> {
  let row = await store.getJob(jobId, "buyer");
  if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
  if (knownMs !== null && row.updatedAtMs > knownMs) progress(row);
  while (!isThere(row, wanted)) {
    signal.throwIfAborted();
    const before: JobRow = row;
    const watched = store.watchJob(jobId, "buyer", before.updatedAtMs, WATCH_MS);
    row = await unlessAborted(signal, watched) ?? before;
    if (row.updatedAtMs !== before.updatedAtMs) progress(row);
  }
  if (wanted !== "ended") return row;
  // At a deadline the relay is asked once more. A result that it stored but did not deliver may still arrive.
  if (row.status === "timeout") {
    const watched = store.watchJob(jobId, "buyer", row.updatedAtMs, LAST_ASK_MS);
    const late = await unlessAborted(signal, watched);
    if (late !== null && late.updatedAtMs > row.updatedAtMs) progress(late);
    row = late ?? row;
  }
  await untilCalled(store, jobId, signal);
  return row;
}

/** A result can arrive before the FULFILL of its payment is booked, but the row should include the payment. Waits at most 2 s. */
export async function untilBooked(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  await untilSent(store, jobId, (rows) => rows.length === 0, BOOKED_MS, signal);
}

/** Waits until no document of the job waits for its skill, or each has used all its tries. Returns the newest document. */
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

/** Whether the deletion of the job's request still waits in the outbox. */
export async function deletionWaits(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
): Promise<boolean> {
  return (await store.pendingOfJob(jobId, [], 0)).some(isDeletion);
}

/**
 * Waits until the job's deletion was sent: 5 s, and up to 25 s more if the relay then answers. A slow machine needs this time, and after a
 * command has ended nobody would send. For an offline relay there is no further wait.
 *
 * @param isRelayThere Called once, after the first 5 s.
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

/** Waits until no order of the job's key is pending, for somewhat longer than its payment waits for a connector. */
export async function untilKeySettled(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  await untilSent(store, jobId, (rows) => !rows.some(isKeyOrder), KEY_MS, signal);
}

/** Waits until the payment of the job was answered, for as long. */
export async function untilPaid(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  const isAnswered = (rows: readonly OutboxRow[]) => rows.every(({ purpose }) => purpose !== "job");
  await untilSent(store, jobId, isAnswered, KEY_MS, signal);
}

const KEY_MS = 75_000;

function isKeyOrder({ event }: Pick<OutboxRow, "event">): boolean {
  return JSON.parse(new TextDecoder().decode(event)).kind === DELIVERY_ORDER_KIND;
}

/** Waits until the orders of the job that cost nothing were sent, for a few seconds. They pause a metered job or let it go on. */
export async function untilTurned(
  store: Pick<Store, "pendingOfJob">,
  jobId: string,
  signal: AbortSignal,
  waitMs: number = SEND_MS,
): Promise<ProviderTold> {
  const isTurned = (rows: readonly OutboxRow[]) =>
    rows.every(({ purpose, amountUnits }) => purpose !== "job" || amountUnits !== 0n);
  return await untilSent(store, jobId, isTurned, waitMs, signal) ? "told" : "queued";
}

/** Waits for a condition on the job's outbox rows, at most this long. Returns whether it is met. */
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

/** This home made these bytes itself, so they are parsed without checks. */
function isDeletion({ event }: OutboxRow): boolean {
  return JSON.parse(new TextDecoder().decode(event)).kind === DELETION_KIND;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
