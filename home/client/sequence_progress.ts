/**
 * Where a sequence stands, and how it is waited for.
 *
 * @module
 */
import { isEnded } from "../../protocols/job_status.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { Store } from "../../store/store.ts";
import type { HomeCall, Wanted } from "./home_api.ts";
import { isThere } from "./job_progress.ts";

const WATCH_MS = 250;

type Reads = Pick<Store, "getJob" | "sequence" | "watchSequence">;

/** Waits until the sequence is there and tells each change, how it stands now included. Throws as {@link sequenceState}. */
export async function untilSequenceThere(
  store: Reads,
  sequenceId: string,
  wanted: Wanted,
  { signal, progress }: HomeCall<SequenceState>,
): Promise<SequenceState> {
  let state = await sequenceState(store, sequenceId);
  progress(state);
  while (!await isSequenceThere(store, state, wanted)) {
    signal.throwIfAborted();
    const before: SequenceState = state;
    state = await store.watchSequence(sequenceId, before.sequence.updatedAtMs, WATCH_MS) ?? before;
    if (state.sequence.updatedAtMs !== before.sequence.updatedAtMs) progress(state);
  }
  return state;
}

/** The sequence as it is. Throws RangeError for an unknown one. */
export async function sequenceState(
  store: Pick<Store, "sequence">,
  sequenceId: string,
): Promise<SequenceState> {
  const state = await store.sequence(sequenceId);
  if (state === null) {
    throw new RangeError(`Cannot go on with ${sequenceId}: there is no such sequence`);
  }
  return state;
}

/** Ended; or, where that is enough, its present job is posted and paid. */
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
