/**
 * Sums over the journal, as readers get them.
 *
 * @module
 */

/** What was paid and earned in one group. */
interface JournalSums {
  /** Fulfilled payments: how many, and their sum. */
  readonly payments: number;
  readonly paidUnits: bigint;
  /** Fulfilled earnings: how many, and their sum. */
  readonly earnings: number;
  readonly earnedUnits: bigint;
  /** Bytes of fulfilled writes. */
  readonly writtenBytes: number;
}

/** What moved over Lightning, in millisatoshis. It is in no other sum, because those are in the channels' asset. */
interface LightningSums {
  /** Paid invoices: how many, their sum, and what the wallet says that routing cost in addition. */
  readonly payments: number;
  readonly paidMsats: bigint;
  readonly feesMsats: bigint;
  /** Invoices of this home that were paid: how many, and their sum. */
  readonly earnings: number;
  readonly earnedMsats: bigint;
}

/** Sums over the entries that match a filter. */
export interface JournalStats extends JournalSums {
  /** Entries of every type. */
  readonly entries: number;
  /** Payments that were refused at no cost. */
  readonly refused: number;
  /** Payments that were refused and lost. */
  readonly forfeits: number;
  readonly forfeitUnits: bigint;
  /** The median of the fulfilled payments (the lower of two); null without any. */
  readonly p50Units: bigint | null;
  /** What fulfilled writes cost. */
  readonly writeUnits: bigint;
  readonly lightning: LightningSums;
  /** By network, kind, provider and day (`2026-02-17`, UTC); `none` if an entry names none. */
  readonly byNetwork: Readonly<Record<string, JournalSums>>;
  /** See `byNetwork`. */
  readonly byKind: Readonly<Record<string, JournalSums>>;
  readonly byProvider: Readonly<Record<string, JournalSums>>;
  readonly byDay: Readonly<Record<string, JournalSums>>;
}
