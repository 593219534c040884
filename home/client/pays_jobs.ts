/**
 * The methods of a home that pay more for a job that exists.
 *
 * @module
 */
import type { PayQuote } from "../../store/quote_row.ts";

/** The methods. `Call` has the other arguments of a call. */
export interface PaysJobs<Call> {
  /** Raises the most increments that are paid for a metered job. Rejects as `turnJob`, and with `conflict` if they are fewer than before. */
  topUpJob(
    asked: { readonly jobId: string; readonly most: number; readonly atMs: number },
    call: Call,
  ): Promise<void>;
  /** Buys the key of a job that has ended, and waits for the answer. Rejects with `not_sealed`, `job_open` and `already_paid`. */
  payKey(asked: { readonly jobId: string; readonly atMs: number }, call: Call): Promise<void>;
  /** Pays the quote that a job's provider gave on a relay, and waits for the answer. Rejects with `not_payable`. */
  payQuote(asked: Omit<PayQuote, "op">, call: Call): Promise<void>;
}
