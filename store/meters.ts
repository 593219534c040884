/**
 * Meters: the commit that makes the job creates them, and the commit of each payment advances them. They are kept for 90 days.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import type { MeterChange, MeterRow } from "./meter_row.ts";
import { METERS } from "./meter_table.ts";
import { StoreError } from "./store_error.ts";

const KEPT_MS = 90 * 86_400_000;

/** Applies a change. `conflict` if an increment is out of order, or if the meter is not in the state that the change expects. */
export function applyMeter(context: ChangeContext, change: MeterChange): void {
  const { db } = context;
  if (change.op === "putMeter") return putMeter(db, change.row);
  const role = change.op === "payIncrement" ? change.role : "provider";
  const row = meterOf(db, change.eventId, role);
  if (row === null) throw new StoreError("conflict", `request ${change.eventId} has no meter`);
  if (change.op === "payIncrement") {
    const { number, atMs } = change;
    if (number <= row.paid) return;
    if (number !== row.paid + 1 || number > row.most) {
      throw new StoreError(
        "conflict",
        `increment ${number} cannot follow ${row.paid} of ${row.most}`,
      );
    }
    const first = role === "buyer" && number === 1;
    return patch(db, row, { paid: number, paidAtMs: atMs, ...first && { sinceMs: atMs } });
  }
  const { usedMs, stoppedAt } = change;
  if (stoppedAt !== null && stoppedAt !== row.paid) {
    throw new StoreError("conflict", `${row.paid} increments are paid, not ${stoppedAt}`);
  }
  patch(db, row, { usedMs, ...stoppedAt !== null && { state: "over" } });
}

function putMeter(db: Database, row: MeterRow): void {
  const values = METERS.values(row);
  if (meterOf(db, row.eventId, row.role) !== null) {
    throw new StoreError("conflict", `request ${row.eventId} has its meter already`);
  }
  db.run("DELETE FROM meters WHERE at_ms < ?", Math.max(0, row.atMs - KEPT_MS));
  db.run(METERS.insert, ...values);
}

function patch(db: Database, { eventId, role }: MeterRow, fields: Partial<MeterRow>): void {
  const changed = METERS.patch(fields);
  const sets = Object.keys(changed).map((column) => `${column} = ?`).join(", ");
  db.run(
    `UPDATE meters SET ${sets} WHERE event_id = ? AND role = ?`,
    ...Object.values(changed),
    eventId,
    role,
  );
}

/** One side's meter of a request; null if the request has no meter. */
export function meterOf(db: Database, eventId: string, role: MeterRow["role"]): MeterRow | null {
  const found = db.get("SELECT * FROM meters WHERE event_id = ? AND role = ?", eventId, role);
  return found === null ? null : METERS.row(found);
}
