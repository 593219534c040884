/**
 * What the owner of a home has paused. While buying is paused, no job and no sequence of jobs is made; those that exist go on. While
 * selling is paused, no job of others gets a place.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { oneOf, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import { CURSORS } from "./named_tables.ts";
import type { Pause, Pauses, Side } from "./pause_row.ts";
import { StoreError } from "./store_error.ts";

const SIDES: readonly Side[] = ["buying", "selling"];

/** Pauses a side, or lets it go on. A pause keeps the time of its start. */
export function applyPause({ db }: ChangeContext, change: Pause): void {
  const side = oneOf("side", SIDES, change.side);
  const atMs = change.atMs === null ? null : whole("atMs", change.atMs);
  if (atMs !== null && pausedSince(db, side) !== null) return;
  const value = atMs === null ? RUNS : String(atMs);
  db.run(CURSORS.upsert, ...CURSORS.values({ name: nameOf(side), value }));
}

/** Both sides. */
export function pausesOf(db: Database): Pauses {
  return { buying: pausedSince(db, "buying"), selling: pausedSince(db, "selling") };
}

/** Since when a side is paused, in milliseconds since the epoch; null if it is not. */
export function pausedSince(db: Database, side: Side): number | null {
  const row = db.get("SELECT * FROM cursors WHERE name = ?", nameOf(side));
  const value = row === null ? RUNS : CURSORS.row(row).value;
  return value === RUNS ? null : Number(value);
}

/** Throws StoreError `paused` while buying is paused. */
export function checkBuys(db: Database): void {
  const sinceMs = pausedSince(db, "buying");
  if (sinceMs === null) return;
  const since = new Date(sinceMs).toISOString().slice(0, 19);
  throw new StoreError("paused", `buying is paused since ${since}Z`);
}

/** The value of a side that is not paused. */
const RUNS = "";

function nameOf(side: Side): string {
  return `paused:${side}`;
}
