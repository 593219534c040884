/**
 * What a store keeps of a chain of jobs: the chain with its document, where each of its steps stands, and the jobs that were
 * bought for them. A job of a chain is committed together with the row that counts it, so after any crash it is either there
 * with its job or not at all.
 *
 * @module
 */
import type { JobStatus } from "../protocols/job_status.ts";

/** Where a chain stands. `compensated`: it failed, and its failure path ran to the end without a failure. */
export type JobChainStatus = "running" | "success" | "failed" | "compensated" | "cancelled";

/** Every status of a chain. */
export const JOB_CHAIN_STATUSES: readonly JobChainStatus[] = [
  "running",
  "success",
  "failed",
  "compensated",
  "cancelled",
];

/** Where a step stands. */
type JobChainStepStatus =
  | "pending"
  | "running"
  | "success"
  | "failed"
  | "skipped"
  | "cancelled";

/** Every status of a step. */
export const JOB_CHAIN_STEP_STATUSES: readonly JobChainStepStatus[] = [
  "pending",
  "running",
  "success",
  "failed",
  "skipped",
  "cancelled",
];

/** The steps that are run, or those that are run after a failure. */
export type JobChainPath = "steps" | "failure";

/** A chain. */
export interface JobChainRow {
  /** `chain-` and 10 hex digits. */
  readonly chainId: string;
  /** As its document names it; null where it does not. */
  readonly name: string | null;
  /** Of running chains none have the same: the same document is run once at a time. */
  readonly key: string;
  /** The network on which its jobs are bought. */
  readonly network: string;
  /** A chain that ended stays as it ended. */
  readonly status: JobChainStatus;
  /** On which path it is. */
  readonly path: JobChainPath;
  /** The checked document, JSON in UTF-8. Never changes. */
  readonly document: Uint8Array;
  /** The most that its jobs may cost in all, base units; null leaves it to their bids. */
  readonly budgetUnits: bigint | null;
  /** When it was made. */
  readonly createdAtMs: number;
  /** Rises with every change of the chain, its steps and attempts. */
  readonly updatedAtMs: number;
  /** Of the step that decided a failure. */
  readonly errorCode: string | null;
  /** For people. */
  readonly errorMessage: string | null;
}

/** A step of a chain. */
export interface JobChainStepRow {
  /** Unique within the chain. */
  readonly name: string;
  /** From 0; those of the failure path come after the others. */
  readonly position: number;
  /** On which path it is. */
  readonly path: JobChainPath;
  /** Where it stands; a step that ended stays as it ended. */
  readonly status: JobChainStepStatus;
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
export interface JobChainAttemptRow {
  /** Of which chain. */
  readonly chainId: string;
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
export interface JobChainAttempt extends JobChainAttemptRow {
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

/** A chain as one read sees it. */
export interface JobChainState {
  /** Its own row. */
  readonly chain: JobChainRow;
  /** By position. */
  readonly steps: readonly JobChainStepRow[];
  /** By position of the step, then by attempt. */
  readonly attempts: readonly JobChainAttempt[];
}

/** A line of a list of chains. */
export interface JobChainHead extends Omit<JobChainRow, "document"> {
  /** How many there are, the failure path included. */
  readonly steps: number;
  /** How many of them have ended or were skipped. */
  readonly stepsEnded: number;
  /** What its jobs cost as far as is known. */
  readonly paidUnits: bigint;
}

/** What a step becomes. */
export interface JobChainStepMove {
  /** Which step. */
  readonly name: string;
  /** Where it stands then. */
  readonly status: Exclude<JobChainStepStatus, "pending">;
  /** Why it failed. */
  readonly errorCode?: string | null;
  /** For people. */
  readonly errorMessage?: string | null;
}

/** What a chain becomes. */
export interface JobChainMove {
  /** Where it stands then; as it was unless told. */
  readonly status?: JobChainStatus;
  /** On which path it goes on; as it was unless told. */
  readonly path?: JobChainPath;
  /** Why it failed. */
  readonly errorCode?: string | null;
  /** For people. */
  readonly errorMessage?: string | null;
}

/** What a commit may do to chains. Each is refused as `conflict` when the chain has ended. */
export type JobChainChange =
  /** A new chain, running, with its steps pending. */
  | {
    readonly op: "putJobChain";
    readonly row: JobChainRow;
    readonly steps: readonly Pick<JobChainStepRow, "name" | "path">[];
  }
  /** Moves steps, the chain, or both. What is still pending when a chain ends is skipped, what runs is cancelled. */
  | {
    readonly op: "moveJobChain";
    readonly chainId: string;
    readonly steps: readonly JobChainStepMove[];
    readonly chain?: JobChainMove;
    readonly atMs: number;
  }
  /** Counts a job. Refused unless its step runs, the job before it is over, and the budget holds it. */
  | { readonly op: "putJobChainAttempt"; readonly row: JobChainAttemptRow };

/** Which chains a list shows; newest first. */
export interface JobChainFilter {
  /** Any of these; all unless told. */
  readonly status?: readonly JobChainStatus[];
  /** 100 unless told, 10,000 at most. */
  readonly limit?: number;
}

/** What a store tells of chains. */
export interface JobChainReads {
  /** By id or a unique prefix; null when unknown, StoreError `ambiguous` when not unique. */
  jobChain(idOrPrefix: string): Promise<JobChainState | null>;
  /** The running chain of this key, else the newest that was made after `sinceMs` and succeeded; its id, or null. */
  jobChainByKey(key: string, sinceMs: number): Promise<string | null>;
  /** Newest first. */
  listJobChains(filter: JobChainFilter): Promise<JobChainHead[]>;
  /** Ids of running chains of a network that are not in `except`, oldest first; waits up to `waitMs` for one. */
  runningJobChains(
    network: string,
    except: readonly string[],
    limit: number,
    waitMs: number,
  ): Promise<string[]>;
  /** Resolves when the chain changed after `sinceMs`, or after `waitMs`; gives it as it is. */
  watchJobChain(chainId: string, sinceMs: number, waitMs: number): Promise<JobChainState | null>;
}
