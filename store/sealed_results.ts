/**
 * Sealed results, which are paid on delivery. The commit that makes a result known stores it, and the commit of the sale's outcome settles
 * it. They are kept for 90 days, and at least while their job is open or an existing job's result waits for payment. A result whose key did
 * not open it is evidence, and stays.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import type { PutSealed, SealedDebts, SealedRow, SettleSealed } from "./sealed_row.ts";
import { SEALED } from "./sealed_table.ts";
import { IS_OPEN_JOB } from "./status_sql.ts";
import { StoreError } from "./store_error.ts";

const KEPT_MS = 90 * 86_400_000;

/** Stores it. `conflict` if the request already has a sealed result on this side. */
export function putSealed({ db }: ChangeContext, { row }: PutSealed): void {
  const values = SEALED.values(row);
  if (sealedOf(db, row.eventId, row.role) !== null) {
    throw new StoreError("conflict", `request ${row.eventId} has its sealed result already`);
  }
  const oldMs = Math.max(0, row.atMs - KEPT_MS);
  // A clock that jumps ahead must not delete what a job still needs.
  db.run(
    `DELETE FROM sealed_results WHERE at_ms < ? AND state <> 'broken' AND NOT EXISTS (
       SELECT 1 FROM jobs WHERE jobs.event_id = sealed_results.event_id AND jobs.role = sealed_results.role
         AND (${IS_OPEN_JOB} OR sealed_results.state = 'waiting'))`,
    oldMs,
  );
  db.run(SEALED.insert, ...values);
}

/** Ends the sale. Repeating it changes nothing; `conflict` if it ended otherwise. */
export function settleSealed({ db }: ChangeContext, change: SettleSealed): void {
  const { eventId, role, state, key } = change;
  const there = sealedOf(db, eventId, role);
  if (there === null) throw new StoreError("conflict", `request ${eventId} has no sealed result`);
  if (there.state === state) return;
  if (there.state !== "waiting") {
    throw new StoreError("conflict", `the sale of ${eventId} is ${there.state} already`);
  }
  const patch = SEALED.patch({ state, key });
  const sets = Object.keys(patch).map((column) => `${column} = ?`).join(", ");
  db.run(
    `UPDATE sealed_results SET ${sets} WHERE event_id = ? AND role = ?`,
    ...Object.values(patch),
    eventId,
    role,
  );
}

/** One side's sealed result for a request; null if there is none. */
export function sealedOf(
  db: Database,
  eventId: string,
  role: SealedRow["role"],
): SealedRow | null {
  const found = db.get(
    "SELECT * FROM sealed_results WHERE event_id = ? AND role = ?",
    eventId,
    role,
  );
  return found === null ? null : SEALED.row(found);
}

/** How many sealed results of this provider a buyer has paid, may still pay, or has not paid in time. */
export function sealedDebts(db: Database, buyer: string, nowMs: number): SealedDebts {
  const row = db.get(
    `SELECT count(*) FILTER (WHERE state = 'waiting' AND due_at_ms >= ?) AS waiting,
            count(*) FILTER (WHERE state = 'waiting' AND due_at_ms < ?) AS overdue,
            count(*) FILTER (WHERE state = 'sold') AS paid
     FROM sealed_results WHERE party = ? AND role = 'provider'`,
    nowMs,
    nowMs,
    buyer,
  )!;
  return {
    waiting: row.waiting as number,
    overdue: row.overdue as number,
    paid: row.paid as number,
  };
}

/** Providers whose key did not open the result that was paid; at most 1,000. */
export function keyBreakers(db: Database): string[] {
  return db.all(
    `SELECT DISTINCT party FROM sealed_results WHERE role = 'buyer' AND state = 'broken' LIMIT 1000`,
  ).map(({ party }) => party as string);
}
