/**
 * Brings a chain of this home to where a command wants it, whoever works on the home: this process runs it, or watches while another
 * does, and takes over when that one ends too early.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { catchUp } from "../../home/job_flow.ts";
import { listenForChain, startChains } from "../../home/job_chains.ts";
import { keepTime } from "../../home/job_deadline.ts";
import { startOutbound } from "../../home/outbound.ts";
import type { Config } from "../../config/config.ts";
import { readDocument } from "../../market/sequences/chain_row.ts";
import type { JobChainState } from "../../store/job_chain_row.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { Store } from "../../store/store.ts";
import { answerSkills, startCallbacks } from "../job/buyer_skills.ts";
import type { Invocation } from "../shell/command.ts";
import { isThere, type Wanted } from "../job/job_progress.ts";
import type { ConfiguredHome } from "../home/open_home.ts";
import { unlessInterrupted } from "../shell/errors.ts";
import { readStore } from "../home/read_store.ts";
import { endTurn, serveTurn, takeBuyersTurn, type Turn } from "../home/turn.ts";

/** Told of each change. */
type OnChain = (state: JobChainState) => void;

type Reads = Pick<Store, "getJob" | "jobChain" | "watchJobChain">;

const WATCH_MS = 250;
const DRAIN_MS = 2_000;

/** Brings it there and gives it. The turn stays the caller's to end; a turn that is taken over is this function's own. */
export async function bringChain(
  invocation: Pick<Invocation, "globals" | "io" | "output" | "signal">,
  config: Config,
  turn: Turn,
  chainId: string,
  wanted: Wanted,
  onChain: OnChain = () => undefined,
): Promise<JobChainState> {
  const more = {
    goesOn: `chain ${chainId} and the jobs that it has bought go on`,
    suggestion:
      `'crosstown job chain wait ${chainId}' goes on with it, 'crosstown job chain cancel ${chainId}' gives it up`,
  };
  return await unlessInterrupted(
    invocation.signal,
    more,
    () => bring(invocation, config, turn, chainId, wanted, onChain),
  );
}

async function bring(
  invocation: Pick<Invocation, "globals" | "io" | "output" | "signal">,
  config: Config,
  turn: Turn,
  chainId: string,
  wanted: Wanted,
  onChain: OnChain,
): Promise<JobChainState> {
  if (turn.whose === "ours") {
    return await runHere(invocation, config, turn.home, chainId, wanted, onChain);
  }
  let gone = false;
  void turn.client.call("attend").catch(() => undefined).then(() => gone = true);
  {
    await using store = await readStore(config);
    const there = await awaitChain(store, chainId, wanted, invocation.signal, onChain, () => gone);
    if (there !== null) return there;
  }
  const next = await takeBuyersTurn(invocation, config, null);
  try {
    return await bring(invocation, config, next, chainId, wanted, onChain);
  } finally {
    await endTurn(next);
  }
}

async function runHere(
  { io, signal }: Pick<Invocation, "io" | "signal">,
  config: Config,
  home: ConfiguredHome,
  chainId: string,
  wanted: Wanted,
  onChain: OnChain,
): Promise<JobChainState> {
  const before = await stateOf(home.store, chainId);
  if (before.chain.status !== "running") return before;
  const skills = answerSkills(home, config);
  await takeStored(home, before, skills);
  const kinds = readDocument(before.chain).steps.map(({ kind }) => kind);
  const [outbound, answers] = await Promise.all([
    startOutbound(home, { follow: true }),
    listenForChain(home, before, kinds, skills),
    startChains(home),
    serveTurn(home),
  ]);
  const pipelines = [outbound, answers];
  const failed = Promise.race(
    pipelines.flatMap((each) => [each.ready, each.done]).map((each) =>
      each.then(() => new Promise<never>(() => {}))
    ),
  );
  failed.catch(() => undefined);
  const stopKeeping = keepTime(home);
  const callbacks = startCallbacks(home, config, { io });
  try {
    const told = (state: JobChainState) => {
      onChain(state);
      // Only now: what is sent to the relay and to the provider comes first.
      if (state.attempts.some(({ status }) => status !== "created")) home.audit?.start();
    };
    const waiting = awaitChain(home.store, chainId, wanted, signal, told, () => false);
    waiting.catch(() => undefined);
    await Promise.race([waiting, failed]);
  } finally {
    stopKeeping();
    await callbacks.stop(DRAIN_MS);
    await Promise.allSettled(
      pipelines.map((each) =>
        signal.aborted ? each.abort() : each.drain(each === answers ? DRAIN_MS / 4 : DRAIN_MS)
      ),
    );
  }
  // A result may be here before the answer to its payment: what came while draining belongs to the chain.
  return await stateOf(home.store, chainId);
}

/** What the relay has of the job that is waited for comes in before its time can be over. */
async function takeStored(
  home: ConfiguredHome,
  { attempts }: JobChainState,
  skills: Parameters<typeof catchUp>[2],
): Promise<void> {
  const last = attempts.findLast(({ status }) => !isEnded(status));
  const row = last === undefined ? null : await home.store.getJob(last.jobId, "buyer");
  if (row === null) return;
  try {
    await catchUp(home, [row], skills);
  } catch (error) {
    // Offline: the pipelines wait for the relay.
    if (codeOf(error) !== "offline") throw error;
  }
}

/** Waits until the chain is there; null when whoever runs it is gone before. */
async function awaitChain(
  store: Reads,
  chainId: string,
  wanted: Wanted,
  signal: AbortSignal,
  onChain: OnChain,
  gone: () => boolean,
): Promise<JobChainState | null> {
  let state = await stateOf(store, chainId);
  onChain(state);
  while (!await isChainThere(store, state, wanted)) {
    signal.throwIfAborted();
    if (gone()) return null;
    const before: JobChainState = state;
    state = await store.watchJobChain(chainId, before.chain.updatedAtMs, WATCH_MS) ?? before;
    if (state.chain.updatedAtMs !== before.chain.updatedAtMs) onChain(state);
  }
  return state;
}

/** Ended; or, where that is enough, its present job is posted and paid. */
async function isChainThere(
  store: Reads,
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

async function stateOf(store: Reads, chainId: string): Promise<JobChainState> {
  const state = await store.jobChain(chainId);
  if (state === null) throw new RangeError(`Cannot go on with ${chainId}: there is no such chain`);
  return state;
}
