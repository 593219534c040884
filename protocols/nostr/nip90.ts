/**
 * NIP-90 in one place: requests, results and feedback, with the tags they are made of. Pure.
 *
 * The NIP is marked unrecommended; it stays on the wire, and the market keeps its own state machine behind it.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md
 * @module
 */
export {
  type JobRequest,
  jobRequestTemplate,
  parseJobRequest,
  privateTags,
} from "./job_request.ts";
export { type JobResult, jobResultTemplate, parseJobResult } from "./job_result.ts";
export {
  JOB_FEEDBACK_STATUSES,
  type JobFeedback,
  type JobFeedbackFields,
  type JobFeedbackStatus,
  jobFeedbackTemplate,
  parseJobFeedback,
} from "./job_feedback.ts";
export { type JobInput, JobTagError } from "./job_tags.ts";
