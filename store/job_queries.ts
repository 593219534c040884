/**
 * Finds a job by what a user types, and builds filters for lists of jobs.
 *
 * @module
 */
import { JOBS } from "./job_tables.ts";
import type { Database } from "./database.ts";
import type { Column } from "../base/table/columns.ts";
import type { JobFilter } from "./store.ts";
import type { JobRow } from "./job_row.ts";
import { StoreError } from "./store_error.ts";

/** The WHERE clause of a list of jobs, with its values. */
export function jobWhere(filter: JobFilter): { where: string; values: Column[] } {
  const parts: string[] = [];
  const values: Column[] = [];
  if (filter.role !== undefined) {
    parts.push("role = ?");
    values.push(filter.role);
  }
  if (filter.status !== undefined) {
    parts.push("status IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(filter.status));
  }
  if (filter.callbackSkill !== undefined) {
    parts.push("callback_skill = ?");
    values.push(filter.callbackSkill);
  }
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}

/**
 * Finds a job by its full id, otherwise the only job whose job id or event id begins with the text. If both roles have a row, it returns
 * the buyer's.
 */
export function findJob(
  db: Database,
  idOrPrefix: string,
  role: JobRow["role"] | undefined,
): JobRow | null {
  if (idOrPrefix === "") return null;
  const named = role === undefined ? null : db.get(
    "SELECT * FROM jobs WHERE job_id = ? AND role = ?",
    idOrPrefix,
    role,
  );
  if (named !== null) return JOBS.row(named);
  const [byRole, roles]: [string, Column[]] = role === undefined
    ? ["", []]
    : ["AND role = ?", [role]];
  const order = "ORDER BY role, job_id";
  const exact = db.get(
    `SELECT * FROM jobs WHERE (job_id = ? OR event_id = ?) ${byRole} ${order} LIMIT 1`,
    idOrPrefix,
    idOrPrefix,
    ...roles,
  );
  if (exact !== null) return JOBS.row(exact);
  // Ids are ASCII, so everything with this prefix sorts before the prefix followed by U+FFFF.
  const end = `${idOrPrefix}\uffff`;
  const matches = db.all(
    `SELECT * FROM jobs WHERE ((job_id >= ? AND job_id < ?) OR (event_id >= ? AND event_id < ?)) ${byRole} ${order} LIMIT 5`,
    idOrPrefix,
    end,
    idOrPrefix,
    end,
    ...roles,
  );
  const ids = [...new Set(matches.map((row) => row.job_id as string))];
  if (ids.length > 1) {
    throw new StoreError(
      "ambiguous",
      `"${idOrPrefix.slice(0, 72)}" fits several jobs: ${ids.slice(0, 4).join(", ")}`,
    );
  }
  return matches.length === 0 ? null : JOBS.row(matches[0]);
}
