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

/** The payment of a provider that waits in the outbox and for which nothing was signed. */
export interface DuePayment {
  /** The job's request as it stands; its write is `write:` and this id. */
  readonly eventId: string;
  readonly provider: string;
  readonly units: bigint;
  /** The request's write is paid for or may be: the payment has its place below the limits. */
  readonly isReserved: boolean;
}

/** Base units of open, fulfilled and forfeited packets. */
export interface Budgets {
  /** Of each job that was asked for: payments, retries and writes. */
  readonly jobs: Readonly<Record<string, bigint>>;
  /** Of each provider that was asked for or is due a payment: what its jobs were paid since the day began. */
  readonly providers: Readonly<Record<string, bigint>>;
  /** Of each job that was asked for and has yet to pay its provider. */
  readonly due: Readonly<Record<string, DuePayment>>;
  /** Of each of those providers: what jobs whose request's write is paid for have yet to pay it. */
  readonly reserved: Readonly<Record<string, bigint>>;
}
