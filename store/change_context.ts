/**
 * What every change receives, and helpers that several changes share.
 *
 * @module
 */
import type { Database } from "./database.ts";
import type { JournalDrafts } from "./journal_drafts.ts";
import { SUMS } from "./named_tables.ts";

/** What a change needs in addition to its values. */
export interface ChangeContext {
  /** The one writing connection, inside a transaction. */
  readonly db: Database;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Collects the topics whose waiters wake after the commit: `outbox`, `runnable`, `job:<id>`, `booked:<job id>`, `log:<job id>`. */
  readonly touched: Set<string>;
  /** What this commit adds to running totals. {@link writeSums} writes it at the end of the commit. */
  readonly sums: Map<string, bigint>;
  /** What this commit adds to the sums of jobs and providers. `writeBudgets` writes it at the end of the commit. */
  readonly budgets: Map<string, bigint>;
  /** What this commit adds to the journal; null if the store has no journal. */
  readonly journal: JournalDrafts | null;
}

/** Adds to a running total. A total needs no scan and survives the removal of old rows. */
export function addToSum({ sums }: ChangeContext, name: string, by: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + by);
}

/** Writes what a commit added to totals, once for each total, in the same transaction. */
export function writeSums({ db, sums }: ChangeContext): void {
  for (const [name, by] of sums) {
    const current = db.get("SELECT * FROM sums WHERE name = ?", name);
    const value = (current === null ? 0n : SUMS.row(current).value) + by;
    db.run(SUMS.upsert, ...SUMS.values({ name, value }));
  }
}

/** Whether two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
