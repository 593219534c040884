/**
 * Documents of a buyer's jobs that the home's skills receive. The commit that accepts a document also stores its callback. The callback
 * ends when the skill succeeded, or failed too often. So a callback survives every crash, but a skill may be called twice with the same
 * document.
 *
 * @module
 */
import { CALLBACKS } from "./callback_table.ts";
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { text, whole } from "./checks.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import { StoreError } from "./store_error.ts";
import type { AddCallback, CallbackChange, CallbackRow, SettleCallback } from "./callback_row.ts";

/** Topic on which callers wait for callbacks. */
export const CALLBACK_TOPIC = "callbacks";

/** Applies one change of callbacks. */
export function applyCallback({ db, touched }: ChangeContext, change: CallbackChange): void {
  const atMs = whole("atMs", change.atMs);
  touched.add(CALLBACK_TOPIC);
  if (change.op === "addCallback") return add(db, change.row, atMs);
  const callbackId = whole("callbackId", change.callbackId);
  const current = db.get("SELECT * FROM callbacks WHERE callback_id = ?", callbackId);
  if (current === null) {
    throw new StoreError("conflict", `callback ${callbackId} does not exist`);
  }
  if (change.op === "repeatCallback") {
    db.run(
      "UPDATE callbacks SET state = 'waiting', tries = 0, due_at_ms = ?, updated_at_ms = ? WHERE callback_id = ?",
      atMs,
      atMs,
      callbackId,
    );
    return;
  }
  if (current.state !== "waiting") return;
  settle(db, current, change, atMs);
}

function add(db: Database, row: AddCallback["row"], atMs: number): void {
  const { jobId, eventId, skill, document, encoding } = row;
  const columns = CALLBACKS.columns({
    callbackId: 0,
    jobId,
    eventId,
    skill,
    document,
    encoding,
    state: "waiting",
    tries: 0,
    dueAtMs: atMs,
    errorCode: null,
    errorMessage: null,
    updatedAtMs: atMs,
  });
  db.run(
    `${CALLBACKS.insert} ON CONFLICT (job_id, event_id) DO NOTHING`,
    ...Object.values(columns),
  );
}

function settle(db: Database, current: Columns, change: SettleCallback, atMs: number): void {
  const { error, retryAtMs } = change;
  const newer = db.get(
    "SELECT 1 AS newer FROM callbacks WHERE job_id = ? AND callback_id > ? AND state = 'waiting' LIMIT 1",
    current.job_id,
    current.callback_id,
  );
  const again = error !== null && retryAtMs !== null && newer === null;
  db.run(
    `UPDATE callbacks SET state = ?, tries = tries + 1, due_at_ms = ?, error_code = ?, error_message = ?, updated_at_ms = ?
     WHERE callback_id = ?`,
    error === null ? "done" : again ? "waiting" : "failed",
    again ? whole("retryAtMs", retryAtMs) : atMs,
    error === null ? null : text("error.code", error.code),
    error === null ? null : text("error.message", error.message),
    atMs,
    current.callback_id,
  );
}

/** The oldest waiting document of each job, without those in `except`. */
const NEXT_OF_JOBS = `state = 'waiting' AND callback_id NOT IN (SELECT value FROM json_each(?))
  AND NOT EXISTS (SELECT 1 FROM callbacks AS older WHERE older.job_id = callbacks.job_id
    AND older.state = 'waiting' AND older.callback_id < callbacks.callback_id)`;

/** When the next of these documents is due; null if there is none. */
export function callbackDueAt(db: Database, except: readonly number[]): number | null {
  const row = db.get(
    `SELECT min(due_at_ms) AS at FROM callbacks WHERE ${NEXT_OF_JOBS}`,
    JSON.stringify(except),
  );
  return row?.at == null ? null : Number(row.at);
}

/** The oldest waiting document of each job, if it is due, without those in `except`; null if there is none. */
export function waitingCallbacks(
  db: Database,
  except: readonly number[],
  dueByMs: number,
  limit: number,
): CallbackRow[] | null {
  const rows = db.all(
    `SELECT * FROM callbacks WHERE ${NEXT_OF_JOBS} AND due_at_ms <= ? ORDER BY callback_id LIMIT ?`,
    JSON.stringify(except),
    whole("dueByMs", dueByMs),
    limit,
  );
  return rows.length === 0 ? null : rows.map(CALLBACKS.row);
}

/** All callbacks of a job, oldest first. */
export function callbacksOf(db: Database, jobId: string): CallbackRow[] {
  return db.all("SELECT * FROM callbacks WHERE job_id = ? ORDER BY callback_id", jobId)
    .map(CALLBACKS.row);
}

/** Deletes the callbacks of a removed job. */
export function forgetCallbacks(db: Database, jobId: Column): void {
  db.run("DELETE FROM callbacks WHERE job_id = ?", jobId);
}
