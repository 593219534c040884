/**
 * The tables of what providers were paid and what they delivered (docs/money.md#strangers).
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { ProviderHistory } from "./stranger_part.ts";

const OUTCOMES = ["open", "delivered", "answered"] as const;

/** What one provider was paid for one job. Only packets that are open, fulfilled or forfeited count. */
export interface ProviderPaymentRow {
  readonly jobId: string;
  readonly provider: string;
  /** All of it, in base units. */
  readonly paidUnits: bigint;
  /** The part that was paid before the result. */
  readonly upfrontUnits: bigint;
  /** The part of that which counted as paid to a stranger. */
  readonly strangerUnits: bigint;
  /**
   * `open`: there is no result of this provider. `delivered`: the job went well. `answered`: its result says that the run failed, or it is
   * compared with others and not accepted.
   */
  readonly outcome: typeof OUTCOMES[number];
}

/** Kept as long as the job. */
export const PROVIDER_PAYMENTS = defineTable<ProviderPaymentRow>("provider_payments", {
  row: (column) => ({
    jobId: column.text("job_id"),
    provider: column.text("provider"),
    paidUnits: column.amount("paid_units"),
    upfrontUnits: column.amount("upfront_units"),
    strangerUnits: column.amount("stranger_units"),
    outcome: column.checkedWord("outcome", OUTCOMES),
  }),
  key: ["job_id", "provider"],
  options: "STRICT, WITHOUT ROWID",
});

/** The history of one provider. */
interface ProviderHistoryRow extends Pick<ProviderHistory, "deliveredUnits" | "riskUnits"> {
  readonly provider: string;
}

/** Kept forever: one row for each provider that was ever paid. */
export const PROVIDER_HISTORY = defineTable<ProviderHistoryRow>("provider_history", {
  row: (column) => ({
    provider: column.text("provider", KEY),
    deliveredUnits: column.amount("delivered_units"),
    riskUnits: column.amount("risk_units"),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** Both tables, with the history of the jobs that are there. `total` is used because a sum of integers could overflow. */
export const PROVIDER_PAYMENT_TABLES = `
  ${PROVIDER_PAYMENTS.sql}
  ${PROVIDER_HISTORY.sql}
  INSERT INTO provider_history (provider, delivered_units, risk_units)
    SELECT provider, printf('%.0f', total(amount_units)), '0' FROM jobs
    WHERE role = 'buyer' AND status = 'success' AND coalesce(exit_code, 0) = 0 AND job_paid = 1
      AND provider IS NOT NULL
    GROUP BY provider;
`;
