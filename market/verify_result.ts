/**
 * Decides whether a result or feedback is an answer that a job of this home waits for. Its id and signature were verified before. Each
 * other condition has its own outcome here. Nothing in the content is used before the outcome is `accepted`.
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

/** Feedback with a status that NIP-90 does not define. It is counted by that status and changes nothing. */
type UnknownStatus = `status_${typeof OTHER_STATUSES[number]}` | "status_other";

/**
 * Status words that providers in use send in addition to NIP-90's. All others count as `other`, so that strangers cannot create new
 * counters.
 */
const OTHER_STATUSES = [
  "accepted",
  "cancelled",
  "finished",
  "queued",
  "scheduled",
  "started",
  "waiting",
] as const;

/** The decision about a result. */
type ResultVerdict =
  | {
    readonly outcome: "accepted";
    readonly result: JobResult;
    /** Null if the result is sealed. */
    readonly content: ResultContent | null;
  }
  | { readonly outcome: AnswerFault; readonly message: string };

/** The decision about feedback. */
type FeedbackVerdict =
  | { readonly outcome: "accepted"; readonly feedback: JobFeedback; readonly status: JobStatus }
  | { readonly outcome: AnswerFault; readonly message: string };

/** The tolerated difference between clocks, in seconds. */
const CLOCK_SKEW_S = 300;

/** Checks a verified result (6xxx) against the buyer's row. */
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
      ? fault("duplicate", "this result was received before")
      : fault("contradictory", `job ${job.jobId} already has another result`);
  }
  if (!takesResult(job.status)) {
    return fault("late", `job ${job.jobId} had already ended: ${job.status}`);
  }
  // The time of publication decides, because the buyer may read the result later.
  if (event.created_at > job.createdAtMs / 1000 + job.timeoutS + CLOCK_SKEW_S) {
    return fault(
      "late",
      `it was published after the time limit of job ${job.jobId}, ${job.timeoutS} s`,
    );
  }
  try {
    // The content of a sealed result is checked after it is opened.
    const content = isSealed(event) ? null : parseResultContent(job.kind, event.content);
    if (content === null) readSealed(event);
    return { outcome: "accepted", result, content };
  } catch (error) {
    return malformed(error);
  }
}

/** Checks verified feedback (7000) against the buyer's row. */
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
      ? fault("contradictory", `job ${job.jobId} already has a successful result`)
      : fault("late", `job ${job.jobId} had already ended: ${job.status}`);
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

/** The job status for each feedback status. `success` announces a result that is still to come. */
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
    return fault("wrong_job", `none of its e tags names job ${job.jobId}`);
  }
  const buyers = event.tags.filter((tag) => tag[0] === "p");
  if (!buyers.some((tag) => tag[1] === job.buyer)) {
    return fault("wrong_buyer", "none of its p tags names the job's buyer");
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

/**
 * Whether an answer is readable by others although the request asked for secrecy. NIP-90: an encrypted request requires an encrypted
 * answer. A private request requires an answer that is wrapped for its answers key.
 */
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
