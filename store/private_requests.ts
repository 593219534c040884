/**
 * Which jobs a relay must not be told of: what a buyer asks it about a private job, its id or the kind of its result, would say what the
 * wraps hide. Only a home that bought a private job is ever looked through.
 *
 * @module
 */
import type { Database } from "./database.ts";

/** The cursor under which a home keeps that it bought private jobs: whoever listens for answers listens for wraps from then on. */
export const PRIVATE_JOBS = "private_jobs";

/** Whether the home bought a private job. */
export function boughtPrivately(db: Database): boolean {
  return db.get("SELECT 1 AS there FROM cursors WHERE name = ?", PRIVATE_JOBS) !== null;
}

/** What is true of a job whose request has no such tag; a text that quotes one has other quotation marks. */
export const IS_PLAIN_JOB = `instr(CAST(request AS TEXT), '["answers","') = 0`;
