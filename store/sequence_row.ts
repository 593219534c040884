/**
 * What a store keeps of a sequence: the sequence with its document, where each of its steps stands, and the jobs that were
 * bought for them. A job of a sequence is committed together with the row that counts it, so after any crash it is either there
 * with its job or not at all.
 *
 * @module
 */
import type { JobStatus } from "../protocols/job_status.ts";

/** Where a sequence stands. `compensated`: it failed, and its failure path ran to the end without a failure. */
export type SequenceStatus = "running" | "success" | "failed" | "compensated" | "cancelled";

/** Every status of a sequence. */
export const SEQUENCE_STATUSES: readonly SequenceStatus[] = [
  "running",
  "success",
  "failed",
  "compensated",
  "cancelled",
];

/** Where a step stands. */
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

/** The steps that are run, or those that are run after a failure. */
export type SequencePath = "steps" | "failure";

/** Every path. */
export const SEQUENCE_PATHS: readonly SequencePath[] = ["steps", "failure"];

/** A sequence. */
export interface SequenceRow {
  /** `sequence-` and 10 hex digits. */
  readonly sequenceId: string;
  /** As its document names it; null where it does not. */
  readonly name: string | null;
  /** Of running sequences none have the same: the same document is run once at a time. */
  readonly key: string;
  /** The network on which its jobs are bought. */
  readonly network: string;
  /** A sequence that ended stays as it ended. */
  readonly status: SequenceStatus;
  /** On which path it is. */
  readonly path: SequencePath;
  /** The checked document, JSON in UTF-8. Never changes. */
  readonly document: Uint8Array;
  /** The most that its jobs may cost in all, base units; null leaves it to their bids. */
  readonly budgetUnits: bigint | null;
  /** When it was made. */
  readonly createdAtMs: number;
  /** Rises with every change of the sequence, its steps and attempts. */
  readonly updatedAtMs: number;
  /** Of the step that decided a failure. */
  readonly errorCode: string | null;
  /** For people. */
  readonly errorMessage: string | null;
}

/** A step of a sequence. */
export interface SequenceStepRow {
  /** Unique within the sequence. */
  readonly name: string;
  /** From 0; those of the failure path come after the others. */
  readonly position: number;
  /** On which path it is. */
  readonly path: SequencePath;
  /** Where it stands; a step that ended stays as it ended. */
  readonly status: SequenceStepStatus;
  /** When it began, before anything was bought for it; null while it is pending or where it was skipped. */
  readonly startedAtMs: number | null;
  /** When it ended. */
  readonly endedAtMs: number | null;
  /** Why it failed. */
  readonly errorCode: string | null;
  /** For people; no secret. */
  readonly errorMessage: string | null;
}

/** A job that was bought for a step. */
export interface SequenceAttemptRow {
  /** Of which sequence. */
  readonly sequenceId: string;
  /** The step's name. */
  readonly step: string;
  /** From 1, without gaps. */
  readonly attempt: number;
  /** A buyer's job, put in the same commit. */
  readonly jobId: string;
  /** Who was asked. */
  readonly provider: string;
  /** What it may cost at most: write and job. */
  readonly reservedUnits: bigint;
  /** When it was bought. */
  readonly createdAtMs: number;
}

/** An attempt with what its job says of itself. */
export interface SequenceAttempt extends SequenceAttemptRow {
  /** Of the job's request. */
  readonly eventId: string;
  /** Of the job's request. */
  readonly kind: number;
  /** Where the job stands. */
  readonly status: JobStatus;
  /** Where the job's kind has one. */
  readonly exitCode: number | null;
  /** What went wrong with the job. */
  readonly errorCode: string | null;
  /** For people; may be a stranger's words. */
  readonly errorMessage: string | null;
  /** Of the job's row, to watch it from. */
  readonly jobUpdatedAtMs: number;
  /** What was paid for it as far as is known. */
  readonly paidUnits: bigint;
  /** What the budget must still hold for it: what was paid once nothing more can be paid, `reservedUnits` before. */
  readonly costUnits: bigint;
}

/** A sequence as one read sees it. */
export interface SequenceState {
  /** Its own row. */
  readonly sequence: SequenceRow;
  /** By position. */
  readonly steps: readonly SequenceStepRow[];
  /** By position of the step, then by attempt. */
  readonly attempts: readonly SequenceAttempt[];
}

/** A line of a list of sequences. */
export interface SequenceHead extends Omit<SequenceRow, "document"> {
  /** How many there are, the failure path included. */
  readonly steps: number;
  /** How many of them have ended or were skipped. */
  readonly stepsEnded: number;
  /** What its jobs cost as far as is known. */
  readonly paidUnits: bigint;
}

/** What a step becomes. */
export interface SequenceStepMove {
  /** Which step. */
  readonly name: string;
  /** Where it stands then. */
  readonly status: Exclude<SequenceStepStatus, "pending">;
  /** Why it failed. */
  readonly errorCode?: string | null;
  /** For people. */
  readonly errorMessage?: string | null;
}

/** What a sequence becomes. */
export interface SequenceRowMove {
  /** Where it stands then; as it was unless told. */
  readonly status?: SequenceStatus;
  /** On which path it goes on; as it was unless told. */
  readonly path?: SequencePath;
  /** Why it failed. */
  readonly errorCode?: string | null;
  /** For people. */
  readonly errorMessage?: string | null;
}

/** What a commit may do to sequences. Each is refused as `conflict` when the sequence has ended. */
export type SequenceChange =
  /** A new sequence, running, with its steps pending. */
  | {
    readonly op: "putSequence";
    readonly row: SequenceRow;
    readonly steps: readonly Pick<SequenceStepRow, "name" | "path">[];
  }
  /** Moves steps, the sequence, or both. What is still pending when a sequence ends is skipped, what runs is cancelled. */
  | {
    readonly op: "moveSequence";
    readonly sequenceId: string;
    readonly steps: readonly SequenceStepMove[];
    readonly sequence?: SequenceRowMove;
    readonly atMs: number;
  }
  /** Counts a job. Refused unless its step runs, the job before it is over, and the budget holds it. */
  | { readonly op: "putSequenceAttempt"; readonly row: SequenceAttemptRow };

/** Which sequences a list shows; newest first. */
export interface SequenceFilter {
  /** Any of these; all unless told. */
  readonly status?: readonly SequenceStatus[];
  /** 100 unless told, 10,000 at most. */
  readonly limit?: number;
}

/** What a store tells of sequences. */
export interface SequenceReads {
  /** By id or a unique prefix; null when unknown, StoreError `ambiguous` when not unique. */
  sequence(idOrPrefix: string): Promise<SequenceState | null>;
  /** The running sequence of this key, else the newest that was made after `sinceMs` and succeeded; its id, or null. */
  sequenceByKey(key: string, sinceMs: number): Promise<string | null>;
  /** Newest first. */
  listSequences(filter: SequenceFilter): Promise<SequenceHead[]>;
  /** Ids of running sequences of a network that are not in `except`, oldest first; waits up to `waitMs` for one. */
  runningSequences(
    network: string,
    except: readonly string[],
    limit: number,
    waitMs: number,
  ): Promise<string[]>;
  /** Resolves when the sequence changed after `sinceMs`, or after `waitMs`; gives it as it is. */
  watchSequence(sequenceId: string, sinceMs: number, waitMs: number): Promise<SequenceState | null>;
}
