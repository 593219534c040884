/**
 * The schemas of results. The commit that makes a job stores what its providers had announced, because an announcement may change while
 * the job runs. The rows are removed with their job.
 *
 * @module
 */
import type { AnsweredJob } from "./answer_row.ts";
import type { ChangeContext } from "./change_context.ts";
import type { Column } from "../base/table/columns.ts";
import type { Database } from "./database.ts";
import { JOBS } from "./job_tables.ts";
import type { PutResultSchemas } from "./result_schema_row.ts";
import { RESULT_SCHEMAS } from "./result_schema_table.ts";
import { StoreError } from "./store_error.ts";

const MAX_SCHEMAS = 16;
const MAX_CHARACTERS = 4_096;

/** Stores them. A schema that the job already has stays. Throws StoreError `invalid` for too many or too long ones. */
export function putResultSchemas({ db }: ChangeContext, change: PutResultSchemas): void {
  const { jobId, schemas } = change;
  if (!Array.isArray(schemas) || schemas.length > MAX_SCHEMAS) {
    throw new StoreError("invalid", `a job has at most ${MAX_SCHEMAS} schemas of results`);
  }
  for (const { provider, schema } of schemas) {
    const values = RESULT_SCHEMAS.values({ jobId, provider, schema });
    if (schema.length > MAX_CHARACTERS) {
      throw new StoreError("invalid", `a schema has at most ${MAX_CHARACTERS} characters`);
    }
    db.run(`${RESULT_SCHEMAS.insert} ON CONFLICT DO NOTHING`, ...values);
  }
}

/** The schema of this provider's result of a job, JSON; null if it announced none. */
export function resultSchemaOf(db: Database, jobId: string, provider: string): string | null {
  const found = db.get(
    "SELECT * FROM result_schemas WHERE job_id = ? AND provider = ?",
    jobId,
    provider,
  );
  return found === null ? null : RESULT_SCHEMAS.row(found).schema;
}

/** The buyer's job of a request, with the schema of this provider's result; null if there is no such job. */
export function answeredJob(db: Database, eventId: string, provider: string): AnsweredJob | null {
  const found = db.get("SELECT * FROM jobs WHERE event_id = ? AND role = 'buyer'", eventId);
  if (found === null) return null;
  const job = JOBS.row(found);
  return { job, schema: resultSchemaOf(db, job.jobId, provider) };
}

/** Deletes the schemas of a removed job. */
export function forgetResultSchemas(db: Database, jobId: Column): void {
  db.run("DELETE FROM result_schemas WHERE job_id = ?", jobId);
}
