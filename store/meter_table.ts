/**
 * The table of meters: jobs that are paid while they run.
 *
 * @module
 */
import type { Marks } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { MeterRow } from "./meter_row.ts";

const LATER: Marks = { later: null };
const LATER_0: Marks = { later: "0" };
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
    turns: column.whole("turns", LATER_0),
    pausedAtMs: column.wholeOrNull("paused_at_ms", LATER),
    kib: column.whole("kib", LATER_0),
    usedBytes: column.whole("used_bytes", LATER_0),
    fromByte: column.whole("from_byte", LATER_0),
  }),
  key: ["event_id", "role"],
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the index for deleting old meters. */
export const METER_TABLES = `
  ${METERS.sql}
  CREATE INDEX meters_age ON meters (at_ms);
`;
