/**
 * Computes what a sequence needs next, only from its rows and its document. The runner stores each change before it asks for the next
 * action, so the answer is the same after a crash at any point.
 *
 * @module
 */
import type {
  SequenceAttempt,
  SequenceRowMove,
  SequenceState,
  SequenceStepMove,
  SequenceStepRow,
} from "../../store/sequence_row.ts";
import { EXIT_CODE } from "../../protocols/failure_codes.ts";
import { isEnded, mayBeRetried } from "../../protocols/job_status.ts";
import type { SequenceDocument } from "./sequence_document.ts";

/** The next action of a sequence. */
export type SequenceAction =
  /** The sequence has ended. */
  | { readonly do: "rest" }
  /** The step's condition is evaluated: the step runs, is skipped, or fails. */
  | { readonly do: "begin"; readonly step: string }
  /** A job is bought for the step. */
  | {
    readonly do: "buy";
    readonly step: string;
    /** The number of this attempt, from 1. */
    readonly attempt: number;
    /** Providers that failed the step before. */
    readonly exclude: readonly string[];
    /** The rest of the budget. Null if there is no budget. */
    readonly leftUnits: bigint | null;
    /** The time until which buying is retried while the relay does not answer. */
    readonly untilMs: number;
  }
  /** The step's job has not ended. */
  | { readonly do: "wait"; readonly jobId: string; readonly sinceMs: number }
  | SequenceMove;

/** A change that follows from the rows alone. */
export interface SequenceMove {
  /** Always `move`. */
  readonly do: "move";
  /** The new states of steps. */
  readonly steps: readonly SequenceStepMove[];
  /** The new state of the sequence. */
  readonly sequence?: SequenceRowMove;
}

/** Computes the next action. */
export function nextAction(state: SequenceState, document: SequenceDocument): SequenceAction {
  const { sequence, steps, attempts } = state;
  if (sequence.status !== "running") return { do: "rest" };
  const running = steps.find(({ status }) => status === "running");
  if (running !== undefined) return nextOfStep(running, state, document);
  const next = steps.find(({ status, path }) => status === "pending" && path === sequence.path);
  if (next !== undefined) return { do: "begin", step: next.name };
  if (sequence.path === "steps") return { do: "move", steps: [], sequence: { status: "success" } };
  const undone = steps.some(({ path, status }) => path === "failure" && status === "failed");
  // If no step of the failure path was bought, nothing was compensated.
  const bought = steps.some(({ path, name }) =>
    path === "failure" && attempts.some((each) => each.step === name)
  );
  return {
    do: "move",
    steps: [],
    sequence: { status: undone || !bought ? "failed" : "compensated" },
  };
}

/** The change after a step failed, as the document's `on_failure` says. */
export function failStep(
  state: SequenceState,
  document: SequenceDocument,
  name: string,
  errorCode: string,
  errorMessage: string,
): SequenceMove {
  const { sequence, steps } = state;
  const failed: SequenceStepMove = { name, status: "failed", errorCode, errorMessage };
  const onFailure = document.steps.find((step) => step.name === name)?.onFailure ?? "stop";
  if (onFailure === "continue") return { do: "move", steps: [failed] };
  // The first failure is the sequence's error, even if a step of the failure path also fails.
  const error = sequence.errorCode === null
    ? { errorCode, errorMessage: `step ${name}: ${errorMessage}` }
    : {};
  const target = steps.find((step) => step.name === onFailure);
  if (target === undefined) {
    return { do: "move", steps: [failed], sequence: { status: "failed", ...error } };
  }
  const passed = steps.filter((step) =>
    step.status === "pending" && step.name !== name && step.position < target.position
  );
  return {
    do: "move",
    steps: [failed, ...passed.map((step) => ({ name: step.name, status: "skipped" as const }))],
    ...(target.path === "failure" ? { sequence: { path: "failure", ...error } } : {}),
  };
}

function nextOfStep(
  step: SequenceStepRow,
  state: SequenceState,
  document: SequenceDocument,
): SequenceAction {
  const { name } = step;
  const own = state.attempts.filter((each) => each.step === name);
  const last = own.at(-1);
  const written = document.steps.find((each) => each.name === name);
  const timeoutMs = (written?.timeoutS ?? 0) * 1_000;
  const buy = (sinceMs: number): SequenceAction => ({
    do: "buy",
    step: name,
    attempt: own.length + 1,
    exclude: own.map(({ provider }) => provider),
    leftUnits: leftUnits(state),
    untilMs: sinceMs + timeoutMs,
  });
  if (last === undefined) return buy(step.startedAtMs ?? 0);
  if (!isEnded(last.status)) {
    return { do: "wait", jobId: last.jobId, sinceMs: last.jobUpdatedAtMs };
  }
  if (last.status === "success" && (last.exitCode ?? 0) === 0) {
    return { do: "move", steps: [{ name, status: "success" }] };
  }
  const retries = written?.retries ?? 0;
  // A command that ran and failed would also fail at another provider.
  const retried = mayBeRetried(last.status) && last.errorCode !== EXIT_CODE;
  if (retried && own.length <= retries) return buy(last.jobUpdatedAtMs);
  const [code, message] = reasonOf(last);
  return failStep(state, document, name, code, message);
}

/** The rest of the budget after all paid and reserved amounts. Null if there is no budget. */
function leftUnits({ sequence, attempts }: SequenceState): bigint | null {
  if (sequence.budgetUnits === null) return null;
  const taken = attempts.reduce((sum, { costUnits }) => sum + costUnits, 0n);
  return taken > sequence.budgetUnits ? 0n : sequence.budgetUnits - taken;
}

function reasonOf(
  { status, exitCode, errorCode, errorMessage, jobId }: SequenceAttempt,
): [code: string, message: string] {
  if (status === "success") return [EXIT_CODE, `the command of ${jobId} ended with ${exitCode}`];
  return [errorCode ?? status, `${jobId} ended as ${status}: ${errorMessage ?? "no reason given"}`];
}
