/**
 * Private jobs, of which a relay must not learn. A buyer that asks a relay for a private job's id, or for the kind of its result, would
 * reveal what the gift wraps hide. Only homes that bought a private job search for them.
 *
 * @module
 */
import type { Database } from "./database.ts";

/**
 * Name of the cursor that says that this home bought private jobs. From then on, the listener for answers also subscribes to gift wraps.
 */
export const PRIVATE_JOBS = "private_jobs";

/** Whether the home bought a private job. */
export function boughtPrivately(db: Database): boolean {
  return db.get("SELECT 1 AS there FROM cursors WHERE name = ?", PRIVATE_JOBS) !== null;
}

/**
 * SQL that is true for a job whose request has no such tag. JSON escapes the quotation marks of a text that quotes the tag, so such a text
 * does not match.
 */
export const IS_PLAIN_JOB = `instr(CAST(request AS TEXT), '["answers","') = 0`;
