/**
 * Which entries of the journal a reader asks for.
 *
 * @module
 */
import type { JournalType } from "./journal_row.ts";

/** Which entries a list gives. */
export interface JournalFilter {
  /** Only entries after this one, and before that one: to go on with a list. */
  readonly afterSeq?: number;
  /** See `afterSeq`. */
  readonly beforeSeq?: number;
  /** From this moment on, and up to before that one. */
  readonly sinceMs?: number;
  /** See `sinceMs`. */
  readonly untilMs?: number;
  /** Any of these; all unless told. */
  readonly types?: readonly JournalType[];
  /** Any of these. */
  readonly outcomes?: readonly string[];
  /** The channel, by its name or a beginning of it (`ch_7f3a`), or by its whole on-chain id. */
  readonly channel?: string;
  /** The job, by its id or a beginning of it. */
  readonly jobId?: string;
  /** Entries of jobs that went to this provider. */
  readonly provider?: string;
  readonly kind?: number;
  /** `newest` first unless told. */
  readonly order?: "oldest" | "newest";
  /** 100 unless told, 10,000 at most. */
  readonly limit?: number;
}
