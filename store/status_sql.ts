/**
 * The lists of statuses as queries say them. The words are those of the partial indexes, so that SQLite finds open rows without a scan; a test
 * holds both to each other. A migration names its own words, since a released step never changes.
 *
 * @module
 */
import { ENDED_STATUSES } from "../protocols/job_status.ts";
import { ENDED_CHANNEL_STATUSES } from "./channel_status.ts";
import { ENDED_TRANSACTION_STATES, OPEN_TRANSACTION_STATES } from "./transaction_state.ts";

/** Jobs that may still come to something. */
export const IS_OPEN_JOB = `status NOT IN (${listed(ENDED_STATUSES)})`;

/** Channels that are over. */
export const IS_ENDED_CHANNEL = `status IN (${listed(ENDED_CHANNEL_STATUSES)})`;

/** Channels that are not over. */
export const IS_OPEN_CHANNEL = `status NOT IN (${listed(ENDED_CHANNEL_STATUSES)})`;

/** Packets whose amount was paid or may be. */
export const COUNTS_AS_PAID = "state <> 'refused'";

/** Transactions that are over. */
export const IS_ENDED_TRANSACTION = `state IN (${listed(ENDED_TRANSACTION_STATES)})`;

/** Transactions that may still come to something. */
export const IS_OPEN_TRANSACTION = `state IN (${listed(OPEN_TRANSACTION_STATES)})`;

function listed(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(", ");
}
