/**
 * How many jobs on delivery a provider allows a buyer. A buyer that has not yet paid for any gets one at a time,
 * others a few. A buyer that left one unpaid gets none until it has paid. Pure.
 *
 * @see docs/money.md#on-delivery
 * @module
 */
import type { SealedDebts } from "../../store/sealed_row.ts";

/** The most jobs at the same time: for a buyer that has not yet paid for one, and for a buyer that has. */
const MOST = { stranger: 1, known: 8 } as const;

/** The most jobs on delivery that this buyer may have in addition to those that wait for their payment. Running jobs count. */
export function mayBeOwed({ waiting, overdue, paid }: SealedDebts): number {
  if (overdue > 0) return 0;
  return Math.max(0, (paid > 0 ? MOST.known : MOST.stranger) - waiting);
}
