/** Sequences and their rows, for tests. */
import { parseSequenceDocument } from "../../../market/sequences/sequence_document.ts";
import type { SequenceDocument } from "../../../market/sequences/sequence_document.ts";
import type {
  SequenceAttempt,
  SequenceRow,
  SequenceState,
  SequenceStepRow,
} from "../../../store/sequence_row.ts";

export const ID = "sequence-0123456789";

/** Reads a document as if from a file. */
export function documentOf(value: unknown, source = "sequence.toml"): SequenceDocument {
  return parseSequenceDocument(value, { units: BigInt, timeoutS: 60, source });
}

/** A step of type echo. */
export function echo(name: string, more: Readonly<Record<string, unknown>> = {}) {
  return { name, type: "echo", input: `hello from ${name}`, ...more };
}

/** A sequence whose steps have these states; a step that is not named is pending. */
export function stateOf(
  document: SequenceDocument,
  statuses: Readonly<Record<string, SequenceStepRow["status"]>>,
  attempts: readonly SequenceAttempt[] = [],
  sequence: Partial<SequenceRow> = {},
): SequenceState {
  return {
    sequence: {
      sequenceId: ID,
      name: null,
      key: "k",
      network: "dev",
      status: "running",
      path: "steps",
      document: new TextEncoder().encode(JSON.stringify(document)),
      budgetUnits: null,
      createdAtMs: 1_000,
      updatedAtMs: 1_000,
      errorCode: null,
      errorMessage: null,
      ...sequence,
    },
    steps: document.steps.map(({ name, path }, position) => ({
      name,
      position,
      path,
      status: statuses[name] ?? "pending",
      startedAtMs: 5_000,
      endedAtMs: null,
      errorCode: null,
      errorMessage: null,
    })),
    attempts,
  };
}

/** A job of a step. */
export function attemptOf(
  step: string,
  attempt: number,
  over: Partial<SequenceAttempt> = {},
): SequenceAttempt {
  return {
    sequenceId: ID,
    step,
    attempt,
    jobId: `job-${step}${attempt}`,
    provider: `provider ${attempt}`,
    reservedUnits: 100n,
    createdAtMs: 6_000,
    eventId: `${step}${attempt}`,
    kind: 5600,
    status: "paid",
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    jobUpdatedAtMs: 7_000,
    paidUnits: 0n,
    costUnits: 100n,
    ...over,
  };
}
