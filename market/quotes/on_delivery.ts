/**
 * How many jobs on delivery a provider allows a buyer. A buyer that has not yet paid for any gets one at a time,
 * others a few. A buyer that left one unpaid gets none until it has paid. Pure.
 *
 * @see docs/money.md#on-delivery
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { SealedDebts } from "../../store/sealed_row.ts";
import type { QuotedMode } from "../../protocols/nostr/job_quote.ts";

/** At once, for a buyer that paid for none yet, and for one that did. */
const MOST = { stranger: 1, known: 8 } as const;

/** How many more jobs that are paid on delivery this buyer may have, running ones among them. */
export function mayBeOwed({ waiting, overdue, paid }: SealedDebts): number {
  if (overdue > 0) return 0;
  return Math.max(0, (paid > 0 ? MOST.known : MOST.stranger) - waiting);
}

/** The mode that a request asks for, by its tag `mode`; upfront unless told. */
export function wantedMode({ tags }: Pick<NostrEvent, "tags">): QuotedMode {
  const [, mode] = tags.find(([name]) => name === "mode") ?? [];
  return mode === "on-delivery" || mode === "metered" ? mode : "upfront";
}
