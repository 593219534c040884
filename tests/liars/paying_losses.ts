/** What the buyer and an honest provider of one job lost, beside what docs/money.md states. */
import { type Quote, restUnits } from "../../protocols/nostr/job_quote.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import type { Lie, PayMode } from "./paying_parties.ts";

/** The losses of one job at one provider, beside what docs/money.md states. */
export interface JobLoss {
  readonly mode: PayMode;
  /** Null for an honest provider. */
  readonly lie: Lie | null;
  /** Whether its buyer vanished. */
  readonly vanished: boolean;
  /** What the buyer paid for nothing, and the most that it may. */
  readonly buyerUnits: bigint;
  readonly buyerMostUnits: bigint;
  /** The work of an honest provider that was not paid, and the most that it may be. */
  readonly providerUnits: bigint;
  readonly providerMostUnits: bigint;
  /** Whether an honest provider's result came to a buyer that stayed. */
  readonly delivered: boolean;
  readonly paidUnits: bigint;
}

/** The increments that a run has used up, as its provider counts. */
export function usedUp({ kib, seconds, usedBytes, usedMs }: MeterRow): number {
  return Math.floor(kib > 0 ? usedBytes / kib / 1_024 : usedMs / seconds / 1_000);
}

export const NO_LOSS = { providerUnits: 0n, providerMostUnits: 0n };

/** What happened to one job, as both disks say. */
export interface Spent {
  readonly quote: Quote;
  readonly paidUnits: bigint;
  readonly passedMs: number;
  /** It was sold a key that does not open the result. */
  readonly broken: boolean;
  /** It got a result, which is wrong. */
  readonly content: boolean;
  /** Its provider says that it worked, and did nothing. */
  readonly claims: boolean;
  /** The increments that the run began, and those that it used up. */
  readonly begun: number;
  readonly used: number;
  readonly receivedBytes: number;
  /** The sealed result waits for the payment of its key. */
  readonly isOwed: boolean;
}

/** What the buyer lost, by the tables of docs/money.md. */
export function buyerLoss({ quote, paidUnits, ...spent }: Spent, mode: PayMode, good: boolean) {
  if (good) return { buyerUnits: 0n, buyerMostUnits: 0n };
  const { depositUnits, priceUnits, increment } = quote;
  // What its key opens, or what was paid upfront, costs the price. It is found by comparing.
  if (mode === "upfront") return { buyerUnits: paidUnits, buyerMostUnits: priceUnits };
  if (mode === "on-delivery") {
    const opened = spent.broken || spent.content;
    return { buyerUnits: paidUnits, buyerMostUnits: opened ? priceUnits : depositUnits };
  }
  const units = (increments: number) => depositUnits * BigInt(increments);
  if (spent.claims && mode === "seconds") {
    const allowed = 1 + Math.floor(spent.passedMs / 1_000 / increment!.size);
    return { buyerUnits: paidUnits, buyerMostUnits: units(allowed) };
  }
  // A wrong result is worth nothing, so all that was paid until then is lost.
  if (spent.content) return { buyerUnits: paidUnits, buyerMostUnits: units(spent.begun) };
  const got = mode === "kib"
    ? Math.floor(spent.receivedBytes / (increment!.size * 1_024))
    : spent.used;
  const lost = paidUnits - units(got);
  return { buyerUnits: lost > 0n ? lost : 0n, buyerMostUnits: depositUnits };
}

/** What an honest provider was not paid for. */
export function providerLoss({ quote, paidUnits, used, isOwed }: Spent, mode: PayMode) {
  const { depositUnits, priceUnits } = quote;
  if (mode === "upfront") return NO_LOSS;
  if (mode === "on-delivery") {
    const providerUnits = isOwed ? restUnits(quote, null) : 0n;
    return { providerUnits, providerMostUnits: priceUnits - depositUnits };
  }
  // It stops at the end of an increment that was not paid, so the run has not used the next one.
  const unpaid = depositUnits * BigInt(used) - paidUnits;
  return { providerUnits: unpaid > 0n ? unpaid : 0n, providerMostUnits: depositUnits };
}
