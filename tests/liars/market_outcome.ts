import type { Behaviour } from "./parties.ts";

/** The outcome of a market. */
export interface MarketOutcome {
  readonly liars: readonly Behaviour[];
  readonly rule: string;
  readonly jobs: number;
  readonly accepted: number;
  readonly wrongAccepted: number;
  readonly withoutResult: number;
  /** Challenged jobs with one answer, which counts as that of a job that is not challenged. */
  readonly unchecked: number;
  /** Challenged jobs whose answers differed, so that a third provider was asked. */
  readonly thirds: number;
  /** Jobs whose buyer was away until after their time. */
  readonly away: number;
  /** Refused before anything was paid. */
  readonly refused: number;
  /** Payments to providers that then refused the work, whose jobs went to the next ones within the bid, or ended. */
  readonly passedOn: number;
  /** The most that one liar was paid in one job, and the price of a job. */
  readonly mostPerJobUnits: bigint;
  readonly priceUnits: bigint;
  /** What the liars were paid in all. */
  readonly liarsUnits: bigint;
  /** The most that the buyer paid for one job with all its verifiers, and its bid. */
  readonly mostPaidUnits: bigint;
  readonly bidUnits: bigint;
  /** Honest providers that evidence blames. */
  readonly blamedHonest: number;
  /** Wrong answers that evidence shows. */
  readonly shownLies: number;
}
