/**
 * Meters: the commit that makes the job creates them, and the commit of each payment advances them. They are kept for 90 days.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import type { MeterChange, MeterRow } from "./meter_row.ts";
import { METERS } from "./meter_table.ts";
import { isPaused, MAX_TURNS } from "../protocols/nostr/turn_order.ts";
import { StoreError } from "./store_error.ts";

const KEPT_MS = 90 * 86_400_000;

/** Applies a change. `conflict` if an increment is out of order, or if the meter is not in the state that the change expects. */
export function applyMeter(context: ChangeContext, change: MeterChange): void {
  const { db } = context;
  if (change.op === "putMeter") return putMeter(db, change.row);
  const role = "role" in change ? change.role : change.op === "meterRun" ? "provider" : "buyer";
  const row = meterOf(db, change.eventId, role);
  if (row === null) throw new StoreError("conflict", `request ${change.eventId} has no meter`);
  if (change.op === "payIncrement") {
    const { number, atMs } = change;
    if (number <= row.paid) return;
    if (change.most !== undefined && change.most !== row.most) {
      throw new StoreError("conflict", `${row.most} increments are allowed, not ${change.most}`);
    }
    if (number !== row.paid + 1 || number > row.most) {
      throw new StoreError(
        "conflict",
        `increment ${number} cannot follow ${row.paid} of ${row.most}`,
      );
    }
    const first = role === "buyer" && number === 1;
    return patch(db, row, { paid: number, paidAtMs: atMs, ...first && { sinceMs: atMs } });
  }
  if (change.op === "turnMeter") return turn(db, row, change);
  if (change.op === "confirmPause") {
    const isNew = row.turns === change.turn && isPaused(row.turns) && row.pausedAtMs === null;
    return isNew ? patch(db, row, { pausedAtMs: change.atMs }) : undefined;
  }
  if (change.op === "topUpMeter") {
    const { most, paid } = change;
    if (paid !== row.paid) {
      throw new StoreError("conflict", `${row.paid} increments are paid, not ${paid}`);
    }
    if (!Number.isSafeInteger(most) || most < row.most) {
      throw new StoreError("conflict", `${row.most} increments are allowed, ${most} are fewer`);
    }
    return patch(db, row, { most });
  }
  const { used, fromByte, stoppedAt } = change;
  if (stoppedAt !== null && stoppedAt !== row.paid) {
    throw new StoreError("conflict", `${row.paid} increments are paid, not ${stoppedAt}`);
  }
  patch(db, row, {
    ...row.kib > 0 ? { usedBytes: used } : { usedMs: used },
    ...fromByte !== undefined && { fromByte },
    ...stoppedAt !== null && { state: "over" },
  });
}

/** Books a turn. The buyer's clock for its next increment did not run while its pause was confirmed. */
function turn(
  db: Database,
  row: MeterRow,
  { turn, atMs }: { readonly turn: number; readonly atMs: number },
): void {
  if (turn <= row.turns) return;
  if (turn !== row.turns + 1 || turn > MAX_TURNS) {
    throw new StoreError("conflict", `turn ${turn} cannot follow turn ${row.turns}`);
  }
  const stoodMs = row.pausedAtMs === null ? 0 : Math.max(0, atMs - row.pausedAtMs);
  patch(db, row, {
    turns: turn,
    pausedAtMs: null,
    ...row.sinceMs !== null && {
      sinceMs: row.sinceMs + stoodMs,
      paidAtMs: row.paidAtMs + stoodMs,
    },
  });
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
