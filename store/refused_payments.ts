/**
 * Providers whose payments were refused lately. Nobody signs a REJECT, and any hop can send one, so a refusal says nothing about a provider.
 * Each try can cost a write at the relay, so such a provider is asked last for a while, until it accepts a payment.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import { type PassedOver, type PaymentAnswered, REFUSED_PAYMENT_MS } from "./job_attempt_row.ts";
import { REFUSED_PAYMENTS } from "./refused_payment_table.ts";

/** Stores the newest refusal of a provider, and removes those that do not count any more. An accepted payment removes the provider's. */
export function paymentAnswered({ db }: ChangeContext, change: PaymentAnswered): void {
  const provider = text("provider", change.provider);
  if (change.op === "forgetRefusedPayment") {
    db.run("DELETE FROM refused_payments WHERE provider = ?", provider);
    return;
  }
  const { atMs } = change;
  db.run("DELETE FROM refused_payments WHERE at_ms <= ?", whole("atMs", atMs) - REFUSED_PAYMENT_MS);
  db.run(REFUSED_PAYMENTS.upsert, ...REFUSED_PAYMENTS.values({ provider, atMs }));
}

/** The providers whose payments were refused after `sinceMs`, the newest first; at most 1,000. */
export function refusedPayments(db: Database, sinceMs: number): PassedOver[] {
  return db.all(
    "SELECT * FROM refused_payments WHERE at_ms > ? ORDER BY at_ms DESC, provider LIMIT 1000",
    sinceMs,
  ).map((columns) => ({ ...REFUSED_PAYMENTS.row(columns), refused: true }));
}
