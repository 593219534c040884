/**
 * Whether a result or feedback is what a job of ours waits for. Id and signature were verified before; here every other
 * condition has an outcome of its own. Nothing of the content is believed before this says `accepted`.
 *
 * @module
 */
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import { FEEDBACK_KIND, resultKindOf } from "../protocols/nostr/kinds.ts";
import {
  type JobFeedback,
  type JobFeedbackStatus,
  type JobResult,
  JobTagError,
  parseJobFeedback,
  parseJobResult,
} from "../protocols/nostr/nip90.ts";
import { answersKeyOf } from "../protocols/nostr/private_job.ts";
import { isSealed, readSealed, SealedError } from "../protocols/nostr/sealed_result.ts";
import { saysTheSame } from "../protocols/nostr/same_answer.ts";
import { type JobStatus, takesFeedback, takesResult } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import { readableAnswer } from "./foreign_tags.ts";
import { parseResultContent, type ResultContent } from "./read_result.ts";
import { ResultContentError } from "./result_content_error.ts";

/** Why an answer does not count. */
type AnswerFault =
  | "wrong_job"
  | "wrong_buyer"
  | "foreign_provider"
  | "wrong_kind"
  | "wrong_time"
  | "duplicate"
  | "contradictory"
  | "answered_in_clear"
  | "late"
  | "malformed_content"
  | UnknownStatus;

/** Feedback whose status is none of NIP-90's: it is counted under its word and changes nothing. */
type UnknownStatus = `status_${typeof OTHER_STATUSES[number]}` | "status_other";

/** Words that providers in use say beside NIP-90's. Any other is `other`, so that nobody makes up counters. */
const OTHER_STATUSES = [
  "accepted",
  "cancelled",
  "finished",
  "queued",
  "scheduled",
  "started",
  "waiting",
] as const;

/** The verdict on a result. */
type ResultVerdict =
  | {
    readonly outcome: "accepted";
    readonly result: JobResult;
    /** Null where it is sealed. */
    readonly content: ResultContent | null;
  }
  | { readonly outcome: AnswerFault; readonly message: string };

/** The verdict on feedback. */
type FeedbackVerdict =
  | { readonly outcome: "accepted"; readonly feedback: JobFeedback; readonly status: JobStatus }
  | { readonly outcome: AnswerFault; readonly message: string };

/** What clocks may differ, in seconds. */
const CLOCK_SKEW_S = 300;

/** Judges a verified result (6xxx) against the buyer's row. */
export function verifyResult(event: NostrEvent, job: JobRow, nowMs: number): ResultVerdict {
  const wanted = resultKindOf(job.kind);
  if (event.kind !== wanted) {
    return fault(
      "wrong_kind",
      `a job of kind ${job.kind} is answered by ${wanted}, not ${event.kind}`,
    );
  }
  let result: JobResult;
  try {
    const address = checkAddress(event, job, nowMs);
    if (address !== null) return address;
    if (isInClear(event, job)) return inClear();
    result = parseJobResult(readableAnswer(event, job.eventId), job.buyer);
  } catch (error) {
    return malformed(error);
  }
  if (job.resultEventId !== null) {
    return event.id === job.resultEventId || job.result !== null && saysTheSame(event, job.result)
      ? fault("duplicate", "this result came before")
      : fault("contradictory", `job ${job.jobId} has another result already`);
  }
  if (!takesResult(job.status)) {
    return fault("late", `job ${job.jobId} was over before: ${job.status}`);
  }
  // When it was published counts, not when it is read: the buyer may have been away.
  if (event.created_at > job.createdAtMs / 1000 + job.timeoutS + CLOCK_SKEW_S) {
    return fault("late", `job ${job.jobId} had ${job.timeoutS} s`);
  }
  try {
    // What is sealed has its content looked at when it is open.
    const content = isSealed(event) ? null : parseResultContent(job.kind, event.content);
    if (content === null) readSealed(event);
    return { outcome: "accepted", result, content };
  } catch (error) {
    return malformed(error);
  }
}

/** Judges verified feedback (7000) against the buyer's row. */
export function verifyFeedback(event: NostrEvent, job: JobRow, nowMs: number): FeedbackVerdict {
  if (event.kind !== FEEDBACK_KIND) {
    return fault("wrong_kind", `feedback is of kind ${FEEDBACK_KIND}, not ${event.kind}`);
  }
  let feedback: JobFeedback;
  try {
    const address = checkAddress(event, job, nowMs);
    if (address !== null) return address;
    if (event.content !== "" && isInClear(event, job)) return inClear();
    feedback = parseJobFeedback(readableAnswer(event, job.eventId), job.buyer);
  } catch (error) {
    return malformed(error);
  }
  if (job.resultEventId !== null || !takesFeedback(job.status)) {
    return feedback.status === "error" && job.status === "success"
      ? fault("contradictory", `job ${job.jobId} has a good result already`)
      : fault("late", `job ${job.jobId} was over before: ${job.status}`);
  }
  if (feedback.status === "other") {
    const word = feedback.otherStatus!;
    const known = OTHER_STATUSES.find((each) => each === word);
    return fault(
      known === undefined ? "status_other" : `status_${known}`,
      `the provider says ${JSON.stringify(word.slice(0, 60))}, which is not a status of NIP-90`,
    );
  }
  return { outcome: "accepted", feedback, status: STATUS_OF[feedback.status] };
}

/** How a provider's words become a job's status. `success` announces a result that is still to come. */
const STATUS_OF: Readonly<Record<JobFeedbackStatus, JobStatus>> = {
  "payment-required": "quoted",
  processing: "processing",
  partial: "partial",
  success: "processing",
  error: "error",
};

function checkAddress(
  event: NostrEvent,
  job: JobRow,
  nowMs: number,
): { readonly outcome: AnswerFault; readonly message: string } | null {
  const requests = event.tags.filter((tag) => tag[0] === "e");
  if (!requests.some((tag) => tag[1] === job.eventId)) {
    return fault("wrong_job", `no e tag of it names job ${job.jobId}`);
  }
  const buyers = event.tags.filter((tag) => tag[0] === "p");
  if (!buyers.some((tag) => tag[1] === job.buyer)) {
    return fault("wrong_buyer", "no p tag of it names the buyer of the job");
  }
  if (job.provider !== null && event.pubkey !== job.provider) {
    return fault("foreign_provider", "its author is not the provider of the job");
  }
  const createdS = Math.floor(job.createdAtMs / 1000);
  if (event.created_at < createdS - CLOCK_SKEW_S) {
    return fault("wrong_time", "it is dated before the request");
  }
  if (event.created_at > nowMs / 1000 + CLOCK_SKEW_S) {
    return fault("wrong_time", "it is dated in the future");
  }
  return null;
}

/** NIP-90: a request whose input is encrypted wants an encrypted answer; one that is private wants one that is for its key alone. */
function isInClear({ tags }: NostrEvent, { request }: JobRow): boolean {
  let asked: UnsignedEvent;
  try {
    asked = JSON.parse(new TextDecoder().decode(request));
  } catch {
    return false; // The buyer's own row is JSON; another role's is never judged.
  }
  const key = answersKeyOf(asked);
  const wrapped = key === null || tags.some(([name, value]) => name === "wrap" && value === key);
  return !wrapped || isEncrypted(asked.tags) && !isEncrypted(tags);
}

function isEncrypted(tags: unknown): boolean {
  return Array.isArray(tags) && tags.some((tag) => Array.isArray(tag) && tag[0] === "encrypted");
}

function inClear(): { readonly outcome: "answered_in_clear"; readonly message: string } {
  const message = "the request was encrypted and this answer can be read by everybody";
  return { outcome: "answered_in_clear", message };
}

function malformed(
  error: unknown,
): { readonly outcome: "malformed_content"; readonly message: string } {
  const known = [JobTagError, ResultContentError, SealedError].some((each) =>
    error instanceof each
  );
  if (error instanceof Error && known) {
    return { outcome: "malformed_content", message: error.message };
  }
  throw error;
}

function fault(
  outcome: AnswerFault,
  message: string,
): { readonly outcome: AnswerFault; readonly message: string } {
  return { outcome, message };
}
