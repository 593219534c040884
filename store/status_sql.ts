/**
 * Lists of statuses for queries. The words are the same as in the partial indexes, so that SQLite finds open rows without a scan; a test
 * compares both. A migration has its own words, because a released migration never changes.
 *
 * @module
 */
import { ENDED_STATUSES, FAILED_STATUSES, RESULT_STATUSES } from "../protocols/job_status.ts";
import { BAD_RESULT } from "../protocols/failure_codes.ts";
import { ENDED_CHANNEL_STATUSES } from "./channel_status.ts";
import {
  ENDED_TRANSACTION_STATES,
  isInBlock,
  OPEN_TRANSACTION_STATES,
  TRANSACTION_STATES,
} from "./transaction_state.ts";

/** Unfinished jobs. */
export const IS_OPEN_JOB = `status NOT IN (${listed(ENDED_STATUSES)})`;

/** Jobs that their provider failed. */
export const IS_FAILED_JOB = `status IN (${listed(FAILED_STATUSES)})`;

/** Jobs with a result whose run failed: `isFailedRun` (protocols/job_status.ts). */
export const IS_FAILED_RUN =
  `(status = 'error' AND exit_code IS NOT NULL AND ifnull(error_code, '') <> '${BAD_RESULT}')`;

/** Jobs whose provider has sent a result or an error. */
export const HAS_RESULT_STATUS = `status IN (${listed(RESULT_STATUSES)})`;

/** Channels that have ended. */
export const IS_ENDED_CHANNEL = `status IN (${listed(ENDED_CHANNEL_STATUSES)})`;

/** Channels that have not ended. */
export const IS_OPEN_CHANNEL = `status NOT IN (${listed(ENDED_CHANNEL_STATUSES)})`;

/** Packets whose amount was paid or may be paid. */
export const COUNTS_AS_PAID = "state <> 'refused'";

/** Transactions that have ended. */
export const IS_ENDED_TRANSACTION = `state IN (${listed(ENDED_TRANSACTION_STATES)})`;

/** Transactions in a confirmed block. */
export const IS_IN_BLOCK = `state IN (${listed(TRANSACTION_STATES.filter(isInBlock))})`;

/** Transactions that have not ended. */
export const IS_OPEN_TRANSACTION = `state IN (${listed(OPEN_TRANSACTION_STATES)})`;

function listed(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(", ");
}
