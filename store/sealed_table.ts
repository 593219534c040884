/**
 * The table of results that are paid on delivery.
 *
 * @module
 */
import { defineTable } from "./define_table.ts";
import type { SealedRow } from "./sealed_row.ts";

const ROLES = ["buyer", "provider"] as const;
const STATES = ["waiting", "sold", "opened", "broken"] as const;

/** One row for each request and side. */
export const SEALED = defineTable<SealedRow>("sealed_results", {
  row: (column) => ({
    eventId: column.text("event_id"),
    role: column.checkedWord("role", ROLES),
    party: column.text("party"),
    condition: column.text("condition"),
    restUnits: column.amount("rest_units"),
    result: column.bytes("result"),
    state: column.checkedWord("state", STATES),
    key: column.textOrNull("key"),
    atMs: column.whole("at_ms"),
    dueAtMs: column.whole("due_at_ms"),
  }),
  key: ["event_id", "role"],
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the indexes that find a party's sales and old ones. */
export const SEALED_TABLES = `
  ${SEALED.sql}
  CREATE INDEX sealed_party ON sealed_results (party, role, state);
  CREATE INDEX sealed_age ON sealed_results (at_ms);
`;
