/**
 * Finds the kinds of unfinished jobs without reading the jobs: a home may have 100,000 jobs in flight, and the listener for their answers
 * asks after each new one.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { oneOf, whole } from "./checks.ts";
import { GIFT_WRAP_KIND } from "../protocols/nostr/kinds.ts";
import type { JobRow } from "./job_row.ts";
import { boughtPrivately, IS_PLAIN_JOB } from "./private_requests.ts";
import { IS_OPEN_JOB } from "./status_sql.ts";

/** The most kinds that are returned. There are 1,000 kinds of requests. */
const MAX_KINDS = 1_000;

const NEXT = `SELECT min(kind) AS kind FROM jobs WHERE role = ? AND kind > ?
  AND ${IS_OPEN_JOB}`;

const PLAIN = `SELECT 1 AS there FROM jobs
  WHERE role = ? AND kind = ? AND ${IS_OPEN_JOB} AND ${IS_PLAIN_JOB} LIMIT 1`;

/**
 * Kinds of a role's unfinished jobs, ascending. If answers to a buyer's jobs can arrive in gift wraps, the kind of gift wraps is included,
 * and kinds that have only private jobs are left out. It needs one index lookup for each kind, however many jobs there are, and more only
 * if all jobs of a kind are private.
 */
export function openKinds(db: Database, role: JobRow["role"]): number[] {
  const asked = oneOf("role", ["buyer", "provider"], role);
  const wrapped = asked === "buyer" && boughtPrivately(db);
  const kinds: number[] = wrapped ? [GIFT_WRAP_KIND] : [];
  for (let last = -1; kinds.length < MAX_KINDS;) {
    const kind = db.get(NEXT, asked, last)?.kind ?? null;
    if (kind === null) break;
    last = whole("kind", kind);
    if (!wrapped || db.get(PLAIN, asked, last) !== null) kinds.push(last);
  }
  return kinds;
}
