/**
 * Waits for the state of a sequence.
 *
 * @module
 */
import { unlessAborted } from "../../base/until_aborted.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { Store } from "../../store/store.ts";
import type { HomeCall, Wanted } from "./home_api.ts";
import { isThere } from "./job_progress.ts";

/** A change is reported at once. This limit releases the store's memory of a caller that is gone. */
const WATCH_MS = 10_000;
/** How often the present job's row is read, in milliseconds, because its changes are not changes of the sequence. */
const WATCH_SENT_MS = 250;

type Reads = Pick<Store, "getJob" | "sequence" | "watchSequence">;

/** Waits for the wanted state. Reports the present state and each change. Throws as {@link sequenceState}. */
export async function untilSequenceThere(
  store: Reads,
  sequenceId: string,
  wanted: Wanted,
  { signal, progress }: HomeCall<SequenceState>,
): Promise<SequenceState> {
  const watchMs = wanted === "sent" ? WATCH_SENT_MS : WATCH_MS;
  let state = await sequenceState(store, sequenceId);
  progress(state);
  while (!await isSequenceThere(store, state, wanted)) {
    signal.throwIfAborted();
    const before: SequenceState = state;
    const watched = store.watchSequence(sequenceId, before.sequence.updatedAtMs, watchMs);
    state = await unlessAborted(signal, watched) ?? before;
    if (state.sequence.updatedAtMs !== before.sequence.updatedAtMs) progress(state);
  }
  return state;
}

/** The sequence's state. Throws RangeError for an unknown sequence. */
export async function sequenceState(
  store: Pick<Store, "sequence">,
  sequenceId: string,
): Promise<SequenceState> {
  const state = await store.sequence(sequenceId);
  if (state === null) {
    throw new RangeError(`Cannot continue ${sequenceId}: there is no such sequence`);
  }
  return state;
}

/** True if it has ended or, if `sent` is enough, if its present job is posted and paid. */
async function isSequenceThere(
  store: Pick<Store, "getJob">,
  { sequence, steps, attempts }: SequenceState,
  wanted: Wanted,
): Promise<boolean> {
  if (sequence.status !== "running") return true;
  if (wanted === "ended") return false;
  const running = steps.find(({ status }) => status === "running");
  const last = attempts.findLast(({ step }) => step === running?.name);
  if (last === undefined || isEnded(last.status)) return false;
  const row = await store.getJob(last.jobId, "buyer");
  return row !== null && !isEnded(row.status) && isThere(row, "sent");
}
