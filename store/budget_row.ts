/**
 * Questions and answers about what was spent on a job and with a provider.
 *
 * @module
 */
import type { ProviderHistory } from "./stranger_part.ts";

/** The jobs and providers whose sums are wanted. */
export interface BudgetQuestion {
  /** Job ids. */
  readonly jobs: readonly string[];
  /** Public keys of providers. */
  readonly providers: readonly string[];
  /** Any moment of the first wanted day (UTC). Later days count too, so that a clock that was set back frees no budget. */
  readonly nowMs: number;
}

/** The payment to a provider that waits in the outbox and for which nothing has been signed. */
export interface DuePayment {
  /** Id of the job's current request. The obligation of its write is `write:` and this id. */
  readonly eventId: string;
  readonly provider: string;
  readonly units: bigint;
  /** True if the request's write is paid, or may be: then the payment's amount is reserved within the limits. */
  readonly isReserved: boolean;
}

/** Base units of open, fulfilled and forfeited packets. */
export interface Budgets {
  /** For each job in the question: payments, retries and writes. */
  readonly jobs: Readonly<Record<string, bigint>>;
  /** For each provider in the question or in `due`: what it was paid for jobs since the day began. */
  readonly providers: Readonly<Record<string, bigint>>;
  /** For each job in the question that has not paid its provider yet. */
  readonly due: Readonly<Record<string, DuePayment>>;
  /**
   * For each of those providers, and for each other one that has any: the unpaid amounts of jobs whose request's write is paid. Empty if the
   * question names nobody and nobody is due.
   */
  readonly reserved: Readonly<Record<string, bigint>>;
  /** For each provider in `reserved`: what it delivered and has at risk, and whether it is not trusted. */
  readonly histories: Readonly<Record<string, ProviderHistory>>;
  /** What counted as paid to strangers since the day began (docs/money.md#strangers). */
  readonly strangersUnits: bigint;
}
