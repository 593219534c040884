/**
 * What every change works with, and the two small things that several changes share.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Database } from "./database.ts";
import type { JournalDrafts } from "./journal_drafts.ts";

/** What a change needs beside its values. */
export interface ChangeContext {
  /** The one writing connection, inside a transaction. */
  readonly db: Database;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Collects what waiters are told after the commit: `outbox`, `runnable`, `job:<id>`, `booked:<job id>`. */
  readonly touched: Set<string>;
  /** What this commit adds to running totals; written by {@link writeSums} at its end. */
  readonly sums: Map<string, bigint>;
  /** What this commit adds to the sums of jobs and providers; written by `writeBudgets` at its end. */
  readonly budgets: Map<string, bigint>;
  /** What this commit has to journal; null where the store keeps no journal. */
  readonly journal: JournalDrafts | null;
}

/** Adds to a running total, so that totals need no scan and outlive old rows. */
export function addToSum({ sums }: ChangeContext, name: string, by: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + by);
}

/** Writes what a commit added, once for each total, in the commit's own transaction. */
export function writeSums({ db, sums }: ChangeContext): void {
  for (const [name, by] of sums) {
    const current = db.get("SELECT value FROM sums WHERE name = ?", name)?.value;
    db.run(
      "INSERT INTO sums (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name,
      (BigInt((current as string | undefined) ?? 0) + by).toString(),
    );
  }
}

/** Whether two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
