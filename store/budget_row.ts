/**
 * What was spent on a job and with a provider, as it is asked for.
 *
 * @module
 */

/** Whose sums are asked for. */
export interface BudgetQuestion {
  /** Job ids. */
  readonly jobs: readonly string[];
  /** Public keys of providers. */
  readonly providers: readonly string[];
  /** Any moment of the day (UTC) whose sums are wanted; a later day counts too, so that a clock that was set back frees nothing. */
  readonly nowMs: number;
}

/** Base units of open, fulfilled and forfeited packets. */
export interface Budgets {
  /** Of each job that was asked for: payments, retries and writes. */
  readonly jobs: Readonly<Record<string, bigint>>;
  /** Of each provider that was asked for: what its jobs were paid since the day began. */
  readonly providers: Readonly<Record<string, bigint>>;
}
