/**
 * Jobs and outbox entries as the store keeps them.
 *
 * @module
 */
import type { JobStatus } from "../protocols/job_status.ts";

/** A job as its buyer or its provider keeps it. */
export interface JobRow {
  /** `job-` and the first 7 hex digits of the event id, longer on a collision. */
  readonly jobId: string;
  /** Whose row it is: the buyer's, who posted it, or the provider's, who runs it. */
  readonly role: "buyer" | "provider";
  /** Id of the request event. Unique together with `role`. */
  readonly eventId: string;
  /** Kind of the request, 5000 to 5999. */
  readonly kind: number;
  /** `echo`, `ci-run`... */
  readonly type: string;
  /** The job's status. See job_changes.ts for what may follow a finished status. */
  readonly status: JobStatus;
  /** x-only public keys in hex. */
  readonly buyer: string;
  /** Null while no provider is known or named. */
  readonly provider: string | null;
  /** Name of the skill that receives the result. */
  readonly callbackSkill: string | null;
  /** When the row was created. */
  readonly createdAtMs: number;
  /** Rises with every change. The store adds 1 if the clock has not advanced. */
  readonly updatedAtMs: number;
  /** Seconds after which the job times out. */
  readonly timeoutS: number;
  /** What the provider is paid, in base units. */
  readonly amountUnits: bigint;
  /** Whether the packet that pays the provider was fulfilled. */
  readonly jobPaid: boolean;
  /** What this job's relay writes have cost so far; only fulfilled packets count. */
  readonly writeUnits: bigint;
  /** The request, byte for byte as it is sent (for a buyer, unsigned JSON until it is signed). */
  readonly request: Uint8Array;
  /** Null until there is a result. */
  readonly resultEventId: string | null;
  /** The result event's raw bytes, as received (buyer) or published (provider). */
  readonly result: Uint8Array | null;
  /** Exit code of the run, if the kind has one. */
  readonly exitCode: number | null;
  /** The error's code; set for status error, refused, timeout and unknown. */
  readonly errorCode: string | null;
  /** The error's message for people; contains no secret. */
  readonly errorMessage: string | null;
  /** How often the skill was started, from 1. A skill that was killed starts again with a higher attempt. */
  readonly attempt: number;
}

/** An event to publish or a provider to pay, in order of `outboxId`. jobSource delivers them. */
export interface OutboxRow {
  /** Increases with each row and is never reused. */
  readonly outboxId: number;
  /** Its job, or null (announcements). */
  readonly jobId: string | null;
  /** `write`: a relay write, priced by its size. `job`: the payment of a provider; the packet's data is the signed request. */
  readonly purpose: "write" | "job";
  /** JSON of an UnsignedEvent, or of a whole signed event. */
  readonly event: Uint8Array;
  /** ILP address of the receiver. */
  readonly destination: string;
  /** The receiver's x-only public key in hex, for the condition. */
  readonly terminalPubkey: string;
  /** For `job`: the price in base units. For a write: what is ordered together with the event; null if only its bytes are paid. */
  readonly amountUnits: bigint | null;
  /** `pending` until settled, once. */
  readonly state: "pending" | "done" | "failed";
  /** Its outcome: an id or a code. */
  readonly detail: string | null;
  /** When it was added. */
  readonly createdAtMs: number;
}

/** An unfinished job and its deadline. */
export interface JobDeadline {
  readonly jobId: string;
  readonly deadlineMs: number;
  readonly updatedAtMs: number;
}

/** The kinds of jobs that are counted. */
export interface KindsCounted {
  /** Kinds of requests. */
  readonly kinds: readonly number[];
  /** True if all other kinds are counted, and not these. */
  readonly others: boolean;
}

/** How many of a provider's places are occupied. */
export interface PlacesTaken {
  /** True if the owner has paused selling. Then there is no place. */
  readonly paused: boolean;
  /** Jobs that may run and have not ended; counted up to the limit of the question. */
  readonly runnable: number;
  /** Those that belong to the buyer in the question. */
  readonly ofBuyer: number;
  /** The requests of the question that this provider already has as jobs, in any status. */
  readonly known: readonly string[];
}

/** A buyer's job whose result would still be accepted. Private jobs are left out, because a relay must not be asked about them. */
export interface AwaitedJob {
  readonly eventId: string;
  /** Kind of the request. */
  readonly kind: number;
  readonly createdAtMs: number;
  readonly deadlineMs: number;
  /** False for a job that ended as `timeout`. */
  readonly open: boolean;
}

/** Ends a buyer's job as `cancelled`; `conflict` if it has ended. */
export interface CancelJob {
  readonly op: "cancelJob";
  readonly jobId: string;
  /** Why, for people. */
  readonly message: string;
  readonly atMs: number;
}
