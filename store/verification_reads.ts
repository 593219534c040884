/**
 * The reads of a store about jobs whose answers are compared.
 *
 * @module
 */
import type { JudgementRow } from "./judgement_row.ts";
import type { VerificationRow } from "./verification_row.ts";

/** The reads. */
export interface VerificationReads {
  /** The verification to which a job belongs, by position; empty if there is none. */
  verificationOf(jobId: string): Promise<VerificationRow[]>;
  /** The first job of each verification, newest first. */
  verificationLeads(limit: number): Promise<string[]>;
  /** The jobs of all verifications but the newest ones, at most 10,000. */
  olderVerifiedJobs(newest: number): Promise<string[]>;
  /** Those of these answers that went well and are not noted as accepted, so that they do not count as delivered yet. */
  unacceptedAnswers(jobIds: readonly string[]): Promise<string[]>;
  /** What a skill said about the answers of a verification; null if it was not asked. */
  judgementOf(leadId: string): Promise<JudgementRow | null>;
}
