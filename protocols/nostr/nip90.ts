/**
 * The exports of all NIP-90 modules: requests, results, feedback and their tags. Pure.
 *
 * The NIP is marked "unrecommended". The events still use it, but the market has its own state machine of jobs.
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
