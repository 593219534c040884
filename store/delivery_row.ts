/**
 * What the store says of an outbox entry while it is delivered.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";
import type { QuoteRow } from "./quote_row.ts";

/** An outbox entry and its job, either of which may be null. */
export interface DeliveryQuestion {
  readonly outboxId: number | null;
  readonly jobId: string | null;
}

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
  /** If the entry pays for the buyer's job: the quote by which it is paid. Null if it is paid at the announced price. */
  readonly quote: QuoteRow | null;
  /** Whether that job is paid while it runs; null if the entry does not pay for it. */
  readonly isMetered: boolean | null;
}
