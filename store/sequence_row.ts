/**
 * A sequence as the store keeps it: its document, the state of its steps, and the jobs that were bought for them. A job of a sequence is
 * committed together with its attempt row. So after any crash there are both or neither.
 *
 * @module
 */
import type { JobStatus } from "../protocols/job_status.ts";

/** The status of a sequence. `compensated`: it failed, and its failure path ended without a failure. */
export type SequenceStatus = "running" | "success" | "failed" | "compensated" | "cancelled";

/** Every status of a sequence. */
export const SEQUENCE_STATUSES: readonly SequenceStatus[] = [
  "running",
  "success",
  "failed",
  "compensated",
  "cancelled",
];

/** The status of a step. */
type SequenceStepStatus =
  | "pending"
  | "running"
  | "success"
  | "failed"
  | "skipped"
  | "cancelled";

/** Every status of a step. */
export const SEQUENCE_STEP_STATUSES: readonly SequenceStepStatus[] = [
  "pending",
  "running",
  "success",
  "failed",
  "skipped",
  "cancelled",
];

/** The usual steps, or the steps that run after a failure. */
export type SequencePath = "steps" | "failure";

/** Every path. */
export const SEQUENCE_PATHS: readonly SequencePath[] = ["steps", "failure"];

/** A sequence. */
export interface SequenceRow {
  /** `sequence-` and 10 hex digits. */
  readonly sequenceId: string;
  /** The name in its document; null without one. */
  readonly name: string | null;
  /** Only one running sequence has the same key: a document runs once at a time. */
  readonly key: string;
  /** The network on which its jobs are bought. */
  readonly network: string;
  /** Its status; a status other than `running` never changes. */
  readonly status: SequenceStatus;
  /** The path that it follows now. */
  readonly path: SequencePath;
  /** The checked document, JSON in UTF-8. Never changes. */
  readonly document: Uint8Array;
  /** The most that its jobs may cost in total, base units; null leaves it to their bids. */
  readonly budgetUnits: bigint | null;
  /** When it was created. */
  readonly createdAtMs: number;
  /** Rises with every change of the sequence, its steps and attempts. */
  readonly updatedAtMs: number;
  /** Error code of the step that caused the failure. */
  readonly errorCode: string | null;
  /** The error for people. */
  readonly errorMessage: string | null;
}

/** A step of a sequence. */
export interface SequenceStepRow {
  /** Unique within the sequence. */
  readonly name: string;
  /** From 0; the steps of the failure path come after the others. */
  readonly position: number;
  /** The path to which it belongs. */
  readonly path: SequencePath;
  /** Its status; a step that has ended never changes. */
  readonly status: SequenceStepStatus;
  /** When it began, before anything was bought for it; null while it is pending, or if it was skipped. */
  readonly startedAtMs: number | null;
  /** When it ended. */
  readonly endedAtMs: number | null;
  /** Why it failed. */
  readonly errorCode: string | null;
  /** The error for people; contains no secret. */
  readonly errorMessage: string | null;
}

/** A job that was bought for a step. */
export interface SequenceAttemptRow {
  /** Id of its sequence. */
  readonly sequenceId: string;
  /** The step's name. */
  readonly step: string;
  /** From 1, without gaps. */
  readonly attempt: number;
  /** A buyer's job, created in the same commit. */
  readonly jobId: string;
  /** The provider that was asked. */
  readonly provider: string;
  /** The most that it may cost: write and job. */
  readonly reservedUnits: bigint;
  /** When it was bought. */
  readonly createdAtMs: number;
}

/** An attempt with the fields of its job. */
export interface SequenceAttempt extends SequenceAttemptRow {
  /** Id of the job's request. */
  readonly eventId: string;
  /** Kind of the job's request. */
  readonly kind: number;
  /** Status of the job. */
  readonly status: JobStatus;
  /** The job's exit code, if its kind has one. */
  readonly exitCode: number | null;
  /** The job's error code. */
  readonly errorCode: string | null;
  /** The job's error for people; may be text from a stranger. */
  readonly errorMessage: string | null;
  /** `updatedAtMs` of the job's row, from which it can be watched. */
  readonly jobUpdatedAtMs: number;
  /** What has been paid for it, as far as is known. */
  readonly paidUnits: bigint;
  /** What the budget must reserve for it: the paid amount once nothing more can be paid, before that at least `reservedUnits`. */
  readonly costUnits: bigint;
}

/** A sequence with its steps and attempts, from one read. */
export interface SequenceState {
  /** The sequence's row. */
  readonly sequence: SequenceRow;
  /** In order of position. */
  readonly steps: readonly SequenceStepRow[];
  /** In order of their step, then by attempt. */
  readonly attempts: readonly SequenceAttempt[];
}

/** A line of a list of sequences. */
export interface SequenceHead extends Omit<SequenceRow, "document"> {
  /** Number of steps, including those of the failure path. */
  readonly steps: number;
  /** Number of steps that have ended or were skipped. */
  readonly stepsEnded: number;
  /** What its jobs have cost, as far as is known. */
  readonly paidUnits: bigint;
}

/** A change of a step. */
export interface SequenceStepMove {
  /** Name of the step. */
  readonly name: string;
  /** The new status. */
  readonly status: Exclude<SequenceStepStatus, "pending">;
  /** Why it failed. */
  readonly errorCode?: string | null;
  /** The error for people. */
  readonly errorMessage?: string | null;
}

/** A change of a sequence's row. */
export interface SequenceRowMove {
  /** The new status; unchanged by default. */
  readonly status?: SequenceStatus;
  /** The path on which it continues; unchanged by default. */
  readonly path?: SequencePath;
  /** Why it failed. */
  readonly errorCode?: string | null;
  /** The error for people. */
  readonly errorMessage?: string | null;
}

/** A change of sequences. Each is refused as `conflict` if the sequence has ended. */
export type SequenceChange =
  /** Adds a running sequence with pending steps. */
  | {
    readonly op: "putSequence";
    readonly row: SequenceRow;
    readonly steps: readonly Pick<SequenceStepRow, "name" | "path">[];
  }
  /** Changes steps, the sequence, or both. When a sequence ends, its pending steps are skipped, and its running steps are cancelled. */
  | {
    readonly op: "moveSequence";
    readonly sequenceId: string;
    readonly steps: readonly SequenceStepMove[];
    readonly sequence?: SequenceRowMove;
    readonly atMs: number;
  }
  /** Adds a job. Refused unless its step runs, the job before it has ended, and the budget suffices. */
  | { readonly op: "putSequenceAttempt"; readonly row: SequenceAttemptRow };

/** Which sequences to list, newest first. */
export interface SequenceFilter {
  /** Any of these; default all. */
  readonly status?: readonly SequenceStatus[];
  /** Default 100, at most 10,000. */
  readonly limit?: number;
}

/** The store's reads of sequences. */
export interface SequenceReads {
  /** By id or a unique prefix; null if unknown, StoreError `ambiguous` if not unique. */
  sequence(idOrPrefix: string): Promise<SequenceState | null>;
  /** The running sequence with this key, otherwise the newest successful one that was created after `sinceMs`; its id, or null. */
  sequenceByKey(key: string, sinceMs: number): Promise<string | null>;
  /** Newest first. */
  listSequences(filter: SequenceFilter): Promise<SequenceHead[]>;
  /** Ids of a network's running sequences that are not in `except`, oldest first; waits up to `waitMs` for one. */
  runningSequences(
    network: string,
    except: readonly string[],
    limit: number,
    waitMs: number,
  ): Promise<string[]>;
  /** Resolves with the sequence when it has changed after `sinceMs`, or after `waitMs`. */
  watchSequence(sequenceId: string, sinceMs: number, waitMs: number): Promise<SequenceState | null>;
}
