/**
 * The table of late payments, whose answer is still awaited after their job ended.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { LatePacket } from "./packet_row.ts";

const ROLES = ["buyer", "provider"] as const;

/** One row for each late payment. */
export const LATE_PACKETS = defineTable<LatePacket>("late_packets", {
  row: (column) => ({
    obligation: column.text("obligation", KEY),
    jobId: column.text("job_id"),
    role: column.checkedWord("role", ROLES),
  }),
  options: "STRICT, WITHOUT ROWID",
});
