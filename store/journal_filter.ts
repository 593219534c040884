/**
 * Filters for lists of journal entries.
 *
 * @module
 */
import type { JournalType } from "./journal_row.ts";

/** Which entries to list. */
export interface JournalFilter {
  /** Only entries after this number, and before `beforeSeq`. Used to continue a list. */
  readonly afterSeq?: number;
  /** See `afterSeq`. */
  readonly beforeSeq?: number;
  /** From this time on, and before `untilMs`. */
  readonly sinceMs?: number;
  /** See `sinceMs`. */
  readonly untilMs?: number;
  /** Any of these types; default all. */
  readonly types?: readonly JournalType[];
  /** Any of these outcomes. */
  readonly outcomes?: readonly string[];
  /** The channel, by its name or a prefix of it (`ch_7f3a`), or by its whole on-chain id. */
  readonly channel?: string;
  /** The job, by its id or a prefix of it. */
  readonly jobId?: string;
  /** Entries of jobs that went to this provider. */
  readonly provider?: string;
  readonly kind?: number;
  /** Default `newest` first. */
  readonly order?: "oldest" | "newest";
  /** Default 100, at most 10,000. */
  readonly limit?: number;
  /** False leaves each entry's `data` empty: it need not be read and parsed. */
  readonly data?: false;
}
