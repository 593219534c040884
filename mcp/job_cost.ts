/**
 * What a job has cost, and whether it may still cost more, from the document that a command prints about it.
 *
 * @module
 */
import { CHALLENGE_PARTS } from "../market/challenge.ts";
import { isEnded, type JobStatus } from "../protocols/job_status.ts";

/** The cost of a job as the ceilings count it. */
interface CountedCost {
  /** Of a job that several providers do, the id of the first of its jobs. */
  readonly jobId: string;
  readonly paidUnits: bigint;
  /** True if the cost is final. */
  readonly ended: boolean;
}

/** The part of a document about a job that several providers do, for the cost. */
interface ComparedCost {
  readonly id: string;
  readonly state: string;
  readonly challenge: boolean;
  readonly paid_units: string;
  readonly agreed: readonly unknown[];
  readonly dissent: readonly unknown[];
  readonly undecided: readonly unknown[];
  readonly unanswered: readonly { readonly status: JobStatus }[];
}

/**
 * Reads the cost. Null if the document is about no job. A job that several providers do (`jobs.challenge`) costs what all of them are paid,
 * and a challenge whose two answers are not equal may still ask a third provider.
 */
export function costOfJob(document: Readonly<Record<string, unknown>>): CountedCost | null {
  const { job_id, status, paid_units, verification } = document;
  if (typeof job_id !== "string") return null;
  if (verification === undefined || verification === null) {
    const paidUnits = BigInt(String(paid_units ?? 0));
    return { jobId: job_id, paidUnits, ended: isEnded(status as JobStatus) };
  }
  const { id, state, challenge, paid_units: all, agreed, dissent, undecided, unanswered } =
    verification as ComparedCost;
  const jobs = agreed.length + dissent.length + undecided.length + unanswered.length;
  const asksThird = challenge && (state === "split" || state === "no_verdict") &&
    jobs < CHALLENGE_PARTS;
  return {
    jobId: id,
    paidUnits: BigInt(all),
    ended: state !== "open" && !asksThird && unanswered.every((each) => isEnded(each.status)),
  };
}
