/**
 * The table of accepted events, so that none is accepted twice.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";

/** An event and its outcome. */
interface SeenRow {
  readonly eventId: string;
  readonly outcome: string;
  readonly atMs: number;
}

/** Events by id. */
export const SEEN = defineTable<SeenRow>("seen", {
  row: (column) => ({
    eventId: column.text("event_id", KEY),
    outcome: column.text("outcome"),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});
