/**
 * What a store keeps of a job, and what is on its way out for it.
 *
 * @module
 */
import type { JobStatus } from "../protocols/job_status.ts";

/** A job as either side of the market keeps it. */
export interface JobRow {
  /** `job-` and the first 7 hex digits of the event id, longer on a collision. */
  readonly jobId: string;
  /** Whose row it is: the buyer that posted it or the provider that runs it. */
  readonly role: "buyer" | "provider";
  /** Id of the request event. Unique together with `role`. */
  readonly eventId: string;
  /** Kind of the request, 5000 to 5999. */
  readonly kind: number;
  /** `echo`, `ci-run`... */
  readonly type: string;
  /** Where it stands; a finished job never goes back. */
  readonly status: JobStatus;
  /** x-only public keys in hex. */
  readonly buyer: string;
  /** Null while no provider is known or asked for. */
  readonly provider: string | null;
  /** Skill that the result is handed to, as its own name. */
  readonly callbackSkill: string | null;
  /** When the row was made. */
  readonly createdAtMs: number;
  /** Rises with every change; the store raises it by 1 where the clock did not. */
  readonly updatedAtMs: number;
  /** After how long the job is given up. */
  readonly timeoutS: number;
  /** What the provider is paid, in base units, and whether that packet was fulfilled. */
  readonly amountUnits: bigint;
  /** Whether the packet that pays the provider was fulfilled. */
  readonly jobPaid: boolean;
  /** What relay writes of this job cost so far, fulfilled only. */
  readonly writeUnits: bigint;
  /** The request as it is on the wire, byte for byte (buyer: unsigned JSON until signed). */
  readonly request: Uint8Array;
  /** Null until there is a result. */
  readonly resultEventId: string | null;
  /** The result event's raw bytes, as received (buyer) or published (provider). */
  readonly result: Uint8Array | null;
  /** Exit code of the run where the kind has one. */
  readonly exitCode: number | null;
  /** Code and words of what went wrong, for status error, refused, timeout, unknown. */
  readonly errorCode: string | null;
  /** For people; no secret. */
  readonly errorMessage: string | null;
  /** Starts of the skill, beginning with 1: a skill killed mid-run starts again with a higher attempt. */
  readonly attempt: number;
}

/** Something to publish or pay, in order of `outboxId`; drained by jobSource. */
export interface OutboxRow {
  /** Rising, never used twice. */
  readonly outboxId: number;
  /** The job it belongs to, or null (announcements). */
  readonly jobId: string | null;
  /** `write`: a relay write priced by size. `job`: the payment of a provider, data is the signed request. */
  readonly purpose: "write" | "job";
  /** JSON of an UnsignedEvent, or of a whole signed event. */
  readonly event: Uint8Array;
  /** ILP address of the terminal and its public key (for the condition). */
  readonly destination: string;
  /** x-only key in hex. */
  readonly terminalPubkey: string;
  /** For `job`: the price in base units. For writes, what is ordered with the event; null where only its bytes are paid. */
  readonly amountUnits: bigint | null;
  /** `pending` until settled, once. */
  readonly state: "pending" | "done" | "failed";
  /** What became of it: an id or a code. */
  readonly detail: string | null;
  /** When it was added. */
  readonly createdAtMs: number;
}

/** A job that is not over, and when it is given up. */
export interface JobDeadline {
  readonly jobId: string;
  readonly deadlineMs: number;
  readonly updatedAtMs: number;
}

/** What of a provider's places is taken. */
export interface PlacesTaken {
  /** Jobs that may run and are not over, at most as many as were asked about. */
  readonly runnable: number;
  /** Those of the buyer that was asked about. */
  readonly ofBuyer: number;
  /** Those of the requests asked about that are jobs here already, whatever became of them. */
  readonly known: readonly string[];
}

/** A buyer's job whose result would still count, and which a relay may be asked about: no private one. */
export interface AwaitedJob {
  readonly eventId: string;
  /** Of the request. */
  readonly kind: number;
  readonly createdAtMs: number;
  readonly deadlineMs: number;
  /** False for one that ended as `timeout`. */
  readonly open: boolean;
}

/** Ends a buyer's job as `cancelled`; `conflict` when it is over. */
export interface CancelJob {
  readonly op: "cancelJob";
  readonly jobId: string;
  /** Why, for people. */
  readonly message: string;
  readonly atMs: number;
}
