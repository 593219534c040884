/**
 * The table of the schemas of results.
 *
 * @module
 */
import { defineTable } from "./define_table.ts";
import type { ResultSchemaRow } from "./result_schema_row.ts";

/** One row for each job and provider that announced a schema. */
export const RESULT_SCHEMAS = defineTable<ResultSchemaRow>("result_schemas", {
  row: (column) => ({
    jobId: column.text("job_id"),
    provider: column.text("provider"),
    schema: column.text("schema"),
  }),
  key: ["job_id", "provider"],
  options: "STRICT, WITHOUT ROWID",
});
