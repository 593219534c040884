/**
 * Which providers failed a job, and which may be asked next.
 *
 * @module
 */
import type { AnnouncedPrice } from "../protocols/nostr/announced_price.ts";
import type { Quote } from "../protocols/nostr/job_quote.ts";
import type { JobRow } from "./job_row.ts";

/** A provider that may be asked if those before it did not take the job. */
export interface Candidate {
  /** Public key in hex. */
  readonly provider: string;
  /** ILP address; empty if the job is free. */
  readonly payTo: string;
  /** What the buyer must send so that the provider's announced price arrives, base units. If only a quote states the price: about the least. */
  readonly priceUnits: bigint;
  /** The most that it is paid if the buyer gave no bid, base units. Default: `priceUnits`. */
  readonly mostUnits?: bigint;
  /** What it announced when the job was planned. Absent if it announced no price. */
  readonly announced?: AnnouncedPrice;
}

/** Stores the providers that may be asked next. */
export interface PlanFailover {
  readonly op: "planFailover";
  readonly jobId: string;
  /** The most that the job may cost in total; null if the buyer set no bid. Without a bid, no second provider is paid. */
  readonly budgetUnits: bigint | null;
  /** The cost of one write of the request. */
  readonly writeUnits: bigint;
  /** Whether the peer keeps the amount of a payment that was refused (`peer_rule = "strict"`). */
  readonly refusalCosts: boolean;
  /** The relay as a paid destination; empty if writes are free. */
  readonly destination: string;
  readonly terminalPubkey: string;
  /** In the order in which they will be asked; at most 16. */
  readonly candidates: readonly Candidate[];
}

/** The provider of this request did not take the job, or failed. The job goes to the next provider. */
export interface PassJobOn {
  readonly op: "passJobOn";
  readonly jobId: string;
  /** The failed request; `conflict` if the job has another request now. */
  readonly eventId: string;
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
  /** How the job ends if no other provider is within the bid. */
  readonly otherwise: Partial<JobRow>;
}

/** The provider of this request was paid and is silent (silent_jobs.ts). The job goes to the next provider. */
export interface ReplaceSilent {
  readonly op: "replaceSilent";
  readonly jobId: string;
  /** The request to the silent provider; `conflict` if the job has another request now. */
  readonly eventId: string;
  /** The time by which the job is judged; `conflict` if its provider is not silent then. */
  readonly nowMs: number;
  readonly atMs: number;
}

/** A job whose provider was paid and is silent. */
export interface SilentJob {
  readonly jobId: string;
  readonly eventId: string;
  readonly provider: string;
  /** The request, as the buyer made it. */
  readonly request: Uint8Array;
  /** Since when the job may go to another provider, in milliseconds since the epoch. */
  readonly dueMs: number;
  /** When the job ends. */
  readonly deadlineMs: number;
}

/** The provider that was asked next has given a quote, by which it is paid. */
export interface QuoteSuccessor {
  readonly op: "quoteSuccessor";
  readonly jobId: string;
  /** Its request; `conflict` if the job has another request now, or has ended. */
  readonly eventId: string;
  /** The signed quote, JSON, and what it says. */
  readonly bytes: Uint8Array;
  readonly quote: Quote;
  /** How many increments are paid at most, if the job is metered. */
  readonly increments: number;
  /** What is sent before the job runs. */
  readonly amountUnits: bigint;
  /** What is sent for the quote at most. `conflict` if that is more than is left for this provider. */
  readonly totalUnits: bigint;
  readonly atMs: number;
}

/** A provider that was asked and failed. */
export interface JobAttempt {
  readonly eventId: string;
  readonly provider: string;
  readonly code: string;
  readonly message: string;
  /** What it was paid nevertheless, or what its refusal cost. */
  readonly paidUnits: bigint;
  readonly atMs: number;
}

/** A job that a provider accepted and failed, and that another provider then had. */
export interface FailedAttempt {
  readonly jobId: string;
  readonly provider: string;
  /** Why it failed, in its own words. */
  readonly code: string;
  /** When the job was made. */
  readonly createdAtMs: number;
  readonly atMs: number;
}

/** A provider that did not take a job, whose payment was refused, or that was paid and gave no result. */
export interface PassedOver {
  readonly provider: string;
  readonly atMs: number;
  /** True if it was paid and gave no result, and none for a later job either. */
  readonly paid?: true;
  /** True if a payment to it was refused. */
  readonly refused?: true;
}

/** How long a refused payment counts, in milliseconds. */
export const REFUSED_PAYMENT_MS = 3_600_000;

/** A payment to a provider was refused, or accepted, which ends that the refused ones count. */
export type PaymentAnswered =
  | { readonly op: "noteRefusedPayment"; readonly provider: string; readonly atMs: number }
  | { readonly op: "forgetRefusedPayment"; readonly provider: string };
