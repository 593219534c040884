/**
 * The table of meters: jobs that are paid while they run.
 *
 * @module
 */
import { defineTable } from "./define_table.ts";
import type { MeterRow } from "./meter_row.ts";

const ROLES = ["buyer", "provider"] as const;
const STATES = ["open", "over"] as const;

/** One row for each request and side. */
export const METERS = defineTable<MeterRow>("meters", {
  row: (column) => ({
    eventId: column.text("event_id"),
    role: column.checkedWord("role", ROLES),
    party: column.text("party"),
    incrementUnits: column.amount("increment_units"),
    seconds: column.whole("seconds"),
    most: column.whole("most"),
    paid: column.whole("paid"),
    paidAtMs: column.whole("paid_at_ms"),
    sinceMs: column.wholeOrNull("since_ms"),
    usedMs: column.whole("used_ms"),
    state: column.checkedWord("state", STATES),
    atMs: column.whole("at_ms"),
  }),
  key: ["event_id", "role"],
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the index for deleting old meters. */
export const METER_TABLES = `
  ${METERS.sql}
  CREATE INDEX meters_age ON meters (at_ms);
`;
