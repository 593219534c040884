/**
 * Runs sequences: it computes what a sequence needs next, does it, stores the change, and repeats. All state is in the store, so the runner
 * may be stopped or killed at any point, and the next process continues.
 *
 * Held: at most 64 sequences at once. The others wait.
 *
 * @module
 */
import { codeOf, codeText, messageOf } from "../../base/thrown.ts";
import type { SequenceState, SequenceStatus } from "../../store/sequence_row.ts";
import type { Store } from "../../store/store.ts";
import { type BuyDeps, buyStep, type StoreForSteps } from "./buy_step.ts";
import { readDocument } from "./sequence_row.ts";
import type { SequenceDocument } from "./sequence_document.ts";
import { compileStep } from "./compiled_step.ts";
import { holds } from "./condition.ts";
import { failStep, nextAction, type SequenceAction, type SequenceMove } from "./next_action.ts";
import { valuesFor } from "./step_values.ts";

/** What running sequences needs. */
export interface SequenceRunnerDeps extends Omit<BuyDeps, "store"> {
  readonly store:
    & StoreForSteps
    & Pick<Store, "sequence" | "runningSequences" | "watchJob">;
  readonly log: (
    level: "info" | "warn" | "error",
    msg: string,
    fields?: Readonly<Record<string, string | number>>,
  ) => void;
  /** Waits. Resolves at once when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const MAX_CHAINS = 64;
const WAIT_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 15_000;

/** Runs every sequence of the network until the signal is aborted. Rejects if the store fails. */
export async function runSequences(deps: SequenceRunnerDeps, signal: AbortSignal): Promise<void> {
  const working = new Map<string, Promise<void>>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  while (!signal.aborted) {
    if (working.size >= MAX_CHAINS) await Promise.race([failed.promise, ...working.values()]);
    const free = MAX_CHAINS - working.size;
    const asked = deps.store.runningSequences(
      deps.buyer.network,
      [...working.keys()],
      free,
      WAIT_MS,
    );
    for (const id of await Promise.race([failed.promise, asked])) {
      const work = runSequence(deps, id, signal)
        .then(() => undefined, (error) => signal.aborted ? undefined : failed.reject(error))
        .finally(() => working.delete(id));
      working.set(id, work);
    }
  }
  await Promise.allSettled(working.values());
}

/** Runs one sequence until it ends or the signal is aborted. Returns its status. */
export async function runSequence(
  deps: SequenceRunnerDeps,
  sequenceId: string,
  signal: AbortSignal,
): Promise<SequenceStatus> {
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const state = await deps.store.sequence(sequenceId);
    if (state === null) throw new RangeError(`Cannot run ${sequenceId}: there is no such sequence`);
    if (state.sequence.status !== "running" || signal.aborted) return state.sequence.status;
    try {
      await goOn(deps, state);
      pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      if (signal.aborted) return state.sequence.status;
      const code = codeText(error);
      if (FATAL.includes(code)) throw error;
      deps.log("warn", "a sequence waits", {
        sequence_id: sequenceId,
        code,
        reason: messageOf(error),
      });
      await deps.pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    }
  }
}

/** Errors of a store that cannot be used any more. */
const FATAL: readonly string[] = ["io", "corrupt", "closed"];
/** Errors of a relay that does not answer, or does not let this key read. The action is retried until the step's time is over. */
const AWAY: readonly string[] = ["offline", "denied", "unreachable", "timeout", "session_closed"];
/** Errors after which the action is retried: the rows changed since they were read, the disk is full, or the owner has paused buying. */
const AGAIN: readonly string[] = ["conflict", "full", "paused"];

/** Does the next action. Rejects with an error that may be temporary. */
async function goOn(deps: SequenceRunnerDeps, state: SequenceState): Promise<void> {
  let document: SequenceDocument;
  try {
    document = readDocument(state.sequence);
  } catch (error) {
    const told = { errorCode: "bad_sequence", errorMessage: messageOf(error) };
    return await move(deps, state, {
      do: "move",
      steps: [],
      sequence: { status: "failed", ...told },
    });
  }
  const action = nextAction(state, document);
  switch (action.do) {
    case "rest":
      return;
    case "wait":
      await deps.store.watchJob(action.jobId, "buyer", action.sinceMs, WAIT_MS);
      return;
    case "move":
      return await move(deps, state, action);
    case "begin":
    case "buy":
      try {
        return action.do === "begin"
          ? await begin(deps, state, document, action.step)
          : await buyStep(deps, state, stepOf(document, action.step), action);
      } catch (error) {
        const code = codeOf(error);
        if (mayComeRight(action, code ?? "", deps.clock())) throw error;
        return await move(deps, state, failureOf(state, document, action.step, error));
      }
  }
}

async function begin(
  deps: SequenceRunnerDeps,
  state: SequenceState,
  document: SequenceDocument,
  name: string,
): Promise<void> {
  const compiled = compileStep(stepOf(document, name));
  const runs = compiled.condition === null ||
    holds(compiled.condition, await valuesFor(compiled, state, deps));
  await move(deps, state, { do: "move", steps: [{ name, status: runs ? "running" : "skipped" }] });
}

async function move(
  { store, clock, log }: SequenceRunnerDeps,
  { sequence: { sequenceId } }: SequenceState,
  { steps, sequence }: SequenceMove,
): Promise<void> {
  await store.commit([{ op: "moveSequence", sequenceId, steps, sequence, atMs: clock() }]);
  for (const { name, status, errorCode } of steps) {
    log("info", "sequence step", {
      sequence_id: sequenceId,
      step: name,
      status,
      ...(errorCode ? { code: errorCode } : {}),
    });
  }
  if (sequence?.status !== undefined) {
    log("info", "sequence ended", { sequence_id: sequenceId, status: sequence.status });
  }
}

function mayComeRight(action: SequenceAction, code: string, nowMs: number): boolean {
  if (FATAL.includes(code) || AGAIN.includes(code)) return true;
  if (!AWAY.includes(code)) return false;
  return action.do !== "buy" || nowMs < action.untilMs;
}

/** The change after a step failed before a job was bought for it. */
function failureOf(
  state: SequenceState,
  document: SequenceDocument,
  name: string,
  error: unknown,
): SequenceMove {
  const code = codeOf(error) ?? "";
  // An error without a code is a fault of this program. Its message is stored, and the sequence's failure path runs.
  const known = /^[a-z][a-z0-9_]*$/.test(code);
  return failStep(state, document, name, known ? code : "internal", messageOf(error));
}

function stepOf(document: SequenceDocument, name: string) {
  const step = document.steps.find((each) => each.name === name);
  if (step === undefined) throw new RangeError(`the sequence's document has no step ${name}`);
  return step;
}
