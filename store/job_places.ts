/**
 * Counts the occupied places of a provider without reading the jobs. It is called for each packet that pays for a job.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { text, whole } from "./checks.ts";
import type { KindsCounted, PlacesTaken } from "./job_row.ts";
import { pausedSince } from "./pauses.ts";
import { StoreError } from "./store_error.ts";

/** The most requests in one question. */
const MAX_ASKED = 4_096;

/** Counts over one connection. */
export function placesTaken(
  db: Database,
  eventIds: readonly string[],
  limit: number,
  buyer?: string,
  of?: KindsCounted,
): PlacesTaken {
  if (!Array.isArray(eventIds) || eventIds.length > MAX_ASKED) {
    throw new StoreError("invalid", `eventIds must be a list of at most ${MAX_ASKED}`);
  }
  const ids = JSON.stringify(eventIds.map((id) => text("eventIds", id)));
  const known = eventIds.length === 0 ? [] : db.all(
    `SELECT event_id FROM jobs
     WHERE event_id IN (SELECT value FROM json_each(?)) AND role = 'provider'`,
    ids,
  );
  const kinds = of === undefined
    ? []
    : [JSON.stringify(of.kinds.map((each) => whole("kinds", each)))];
  const among = of === undefined
    ? ""
    : `AND kind ${of.others ? "NOT IN" : "IN"} (SELECT value FROM json_each(?))`;
  const most = whole("limit", limit);
  const counted = db.get(
    `SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE runnable = 1 ${among} LIMIT ?)`,
    ...kinds,
    most,
  );
  const own = buyer === undefined ? null : db.get(
    `SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE runnable = 1 AND buyer = ? ${among} LIMIT ?)`,
    text("buyer", buyer),
    ...kinds,
    most,
  );
  return {
    paused: pausedSince(db, "selling") !== null,
    ofBuyer: (own?.n ?? 0) as number,
    runnable: counted?.n as number,
    known: known.map(({ event_id }) => event_id as string),
  };
}
