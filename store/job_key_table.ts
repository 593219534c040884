/**
 * The table of job keys.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { ClaimJobKey } from "./job_key_row.ts";

/** The job of each key. */
export const JOB_KEYS = defineTable<Omit<ClaimJobKey, "op" | "sinceMs">>("job_keys", {
  row: (column) => ({
    key: column.text("key", KEY),
    content: column.text("content"),
    jobId: column.text("job_id"),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the index for deleting old keys. */
export const JOB_KEY_TABLES = `
  ${JOB_KEYS.sql}
  CREATE INDEX job_keys_age ON job_keys (at_ms);
`;
