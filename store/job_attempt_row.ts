/**
 * Who was tried for a job, and who comes next.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";

/** A provider that may be asked when those before it did not take the job. */
export interface Candidate {
  /** Public key in hex. */
  readonly provider: string;
  /** ILP address; empty where the job is free. */
  readonly payTo: string;
  /** What is sent so that its price arrives, base units. */
  readonly priceUnits: bigint;
}

/** Who may be asked next. */
export interface PlanFailover {
  readonly op: "planFailover";
  readonly jobId: string;
  /** The most that the job may cost in all; null where the buyer named no bid: then one provider is paid, and no second one. */
  readonly budgetUnits: bigint | null;
  /** What one write of the request costs. */
  readonly writeUnits: bigint;
  /** Whether the peer keeps the amount of a payment that was refused (`peer_rule = "strict"`). */
  readonly refusalCosts: boolean;
  /** The relay as a paid destination; empty strings where writes are free. */
  readonly destination: string;
  readonly terminalPubkey: string;
  /** In the order in which they are asked; at most 16. */
  readonly candidates: readonly Candidate[];
}

/** The provider of this request did not take the job, or failed. */
export interface PassJobOn {
  readonly op: "passJobOn";
  readonly jobId: string;
  /** The request that failed; `conflict` when the job has another one by now. */
  readonly eventId: string;
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
  /** How the job stands where there is no other provider within the bid. */
  readonly otherwise: Partial<JobRow>;
}

/** One provider that was asked in vain. */
export interface JobAttempt {
  readonly eventId: string;
  readonly provider: string;
  readonly code: string;
  readonly message: string;
  /** What it had been paid all the same, or what its refusal cost. */
  readonly paidUnits: bigint;
  readonly atMs: number;
}

/** A provider that did not take a job. */
export interface PassedOver {
  readonly provider: string;
  readonly atMs: number;
}
