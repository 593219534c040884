/**
 * The kinds of the jobs that are not over, found without reading the jobs: a home may have 100,000 in flight, and whoever listens for
 * their answers asks after each new one.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { oneOf, whole } from "./checks.ts";
import { GIFT_WRAP_KIND } from "../protocols/nostr/kinds.ts";
import type { JobRow } from "./job_row.ts";
import { IS_OPEN_JOB } from "./status_sql.ts";

/** Most kinds that are told; there are 1,000 of requests. */
const MAX_KINDS = 1_000;

const NEXT = `SELECT min(kind) AS kind FROM jobs WHERE role = ? AND kind > ?
  AND ${IS_OPEN_JOB}`;

/** The cursor under which a home keeps that it bought private jobs: whoever listens for answers listens for wraps from then on. */
export const PRIVATE_JOBS = "private_jobs";

/**
 * Kinds of a role's unfinished jobs, rising; and the kind of gift wraps where answers to a buyer's jobs come in them. One look into the
 * index for each kind, however many jobs there are.
 */
export function openKinds(db: Database, role: JobRow["role"]): number[] {
  const asked = oneOf("role", ["buyer", "provider"], role);
  const wrapped = asked === "buyer" &&
    db.get("SELECT 1 AS there FROM cursors WHERE name = ?", PRIVATE_JOBS) !== null;
  const kinds: number[] = wrapped ? [GIFT_WRAP_KIND] : [];
  for (let last = -1; kinds.length < MAX_KINDS;) {
    const kind = db.get(NEXT, asked, last)?.kind ?? null;
    if (kind === null) break;
    kinds.push(last = whole("kind", kind));
  }
  return kinds;
}
