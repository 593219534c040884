/**
 * Pays a quote that a provider gave on a relay, for a job that was asked for without a payment.
 *
 * @see docs/money.md#quotes
 * @module
 */
import { ControlError } from "../../base/control_error.ts";
import { messageOf } from "../../base/thrown.ts";
import { isConflict } from "../../store/store_error.ts";
import type { PayQuote } from "../../store/quote_row.ts";
import type { Store } from "../../store/store.ts";

/** Commits the payment. Throws ControlError `not_payable` if this quote of the job cannot be paid (any more). */
export async function orderQuote(
  store: Pick<Store, "commit">,
  asked: Omit<PayQuote, "op">,
): Promise<void> {
  try {
    await store.commit([{ op: "payQuote", ...asked }]);
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw new ControlError("not_payable", messageOf(error));
  }
}
