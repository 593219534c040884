/**
 * What buyers required of the providers of their jobs. The commit that makes a job stores it; the row is removed with the job.
 *
 * @module
 */
import type { Column } from "../base/table/columns.ts";
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import type { PutRequirements } from "./job_requirement_row.ts";
import { JOB_REQUIREMENTS } from "./job_requirement_table.ts";
import { StoreError } from "./store_error.ts";

const MAX_CHARACTERS = 4_096;

/** Stores them. Throws StoreError `invalid` if they are too long. */
export function putRequirements({ db }: ChangeContext, change: PutRequirements): void {
  const { jobId, requirements } = change;
  const values = JOB_REQUIREMENTS.values({ jobId, requirements });
  if (requirements.length > MAX_CHARACTERS) {
    throw new StoreError("invalid", `requirements have at most ${MAX_CHARACTERS} characters`);
  }
  db.run(`${JOB_REQUIREMENTS.insert} ON CONFLICT DO NOTHING`, ...values);
}

/** The requirements of a job, JSON; null if it has none. */
export function jobRequirements(db: Database, jobId: string): string | null {
  const found = db.get("SELECT * FROM job_requirements WHERE job_id = ?", jobId);
  return found === null ? null : JOB_REQUIREMENTS.row(found).requirements;
}

/** Deletes the requirements of a removed job. */
export function forgetRequirements(db: Database, jobId: Column): void {
  db.run("DELETE FROM job_requirements WHERE job_id = ?", jobId);
}
