/**
 * The filters with which a buyer asks a relay for the answers to its jobs.
 *
 * @module
 */
import type { Filter } from "../protocols/nostr/filter.ts";
import {
  BACKDATED_S,
  FEEDBACK_KIND,
  GIFT_WRAP_KIND,
  resultKindOf,
} from "../protocols/nostr/kinds.ts";
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import type { JobRow } from "../store/job_row.ts";

/**
 * Filters by job ids, whatever key the answers' `p` tag names. Private jobs are left out, because the filter would show the relay their ids
 * and kinds. Their gift wraps are asked for once, where the source does not do so itself.
 */
export function answerFilters(
  jobs: readonly Pick<JobRow, "eventId" | "kind" | "createdAtMs" | "request">[],
  answersKey: string,
  once: boolean,
): Filter[] {
  const oldestMs = Math.min(...jobs.map(({ createdAtMs }) => createdAtMs));
  const since = Math.floor(oldestMs / 1000) - CLOCK_SKEW_S;
  const plain = jobs.filter(({ request }) => !asksPrivately(request));
  const kinds = new Set(plain.map(({ kind }) => resultKindOf(kind)));
  return [
    ...(plain.length === 0 ? [] : [{
      kinds: [...kinds, FEEDBACK_KIND],
      "#e": plain.map(({ eventId }) => eventId),
      since,
    }]),
    ...(once && plain.length < jobs.length
      ? [{ kinds: [GIFT_WRAP_KIND], "#p": [answersKey], since: since - BACKDATED_S }]
      : []),
  ];
}

const CLOCK_SKEW_S = 300;
