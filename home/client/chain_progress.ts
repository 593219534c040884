/**
 * Where a chain of jobs stands, and how it is waited for.
 *
 * @module
 */
import { isEnded } from "../../protocols/job_status.ts";
import type { JobChainState } from "../../store/job_chain_row.ts";
import type { Store } from "../../store/store.ts";
import type { HomeCall, Wanted } from "./home_api.ts";
import { isThere } from "./job_progress.ts";

const WATCH_MS = 250;

type Reads = Pick<Store, "getJob" | "jobChain" | "watchJobChain">;

/** Waits until the chain is there and tells each change, how it stands now included. Throws as {@link chainState}. */
export async function untilChainThere(
  store: Reads,
  chainId: string,
  wanted: Wanted,
  { signal, progress }: HomeCall<JobChainState>,
): Promise<JobChainState> {
  let state = await chainState(store, chainId);
  progress(state);
  while (!await isChainThere(store, state, wanted)) {
    signal.throwIfAborted();
    const before: JobChainState = state;
    state = await store.watchJobChain(chainId, before.chain.updatedAtMs, WATCH_MS) ?? before;
    if (state.chain.updatedAtMs !== before.chain.updatedAtMs) progress(state);
  }
  return state;
}

/** The chain as it is. Throws RangeError for an unknown one. */
export async function chainState(
  store: Pick<Store, "jobChain">,
  chainId: string,
): Promise<JobChainState> {
  const state = await store.jobChain(chainId);
  if (state === null) throw new RangeError(`Cannot go on with ${chainId}: there is no such chain`);
  return state;
}

/** Ended; or, where that is enough, its present job is posted and paid. */
async function isChainThere(
  store: Pick<Store, "getJob">,
  { chain, steps, attempts }: JobChainState,
  wanted: Wanted,
): Promise<boolean> {
  if (chain.status !== "running") return true;
  if (wanted === "ended") return false;
  const running = steps.find(({ status }) => status === "running");
  const last = attempts.findLast(({ step }) => step === running?.name);
  if (last === undefined || isEnded(last.status)) return false;
  const row = await store.getJob(last.jobId, "buyer");
  return row !== null && !isEnded(row.status) && isThere(row, "sent");
}
