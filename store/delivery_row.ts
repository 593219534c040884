/**
 * What a store tells of an entry of the outbox while it is being delivered.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";

/** The entry's job as it is now. */
export interface Delivery {
  /** Whether the entry still waits; true where none is asked about. */
  readonly pending: boolean;
  /** The job as its buyer and as its provider have it; a home may be both. Null where there is none. */
  readonly buyer: JobRow | null;
  /** See `buyer`. */
  readonly provider: JobRow | null;
  /** Ids of the requests by which other providers were asked before. */
  readonly askedBefore: readonly string[];
}
