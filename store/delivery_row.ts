/**
 * What the store says of an outbox entry while it is delivered.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";

/** The entry's job as it is now. */
export interface Delivery {
  /** Whether the entry still waits; true if no entry was given. */
  readonly pending: boolean;
  /** The job's rows as buyer and as provider; a home may be both. Null if there is no such row. */
  readonly buyer: JobRow | null;
  /** See `buyer`. */
  readonly provider: JobRow | null;
  /** Ids of earlier requests of the job, to other providers. */
  readonly askedBefore: readonly string[];
}
