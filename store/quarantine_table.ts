/**
 * The table of documents that were set aside.
 *
 * @module
 */
import type { Marks } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import { jsonField } from "./json_field.ts";
import type { QuarantinedDocument } from "./quarantine_row.ts";

const LATER_EMPTY: Marks = { later: "''" };
const LATER_NO: Marks = { later: "0" };
const KNOWN = jsonField<QuarantinedDocument["known"]>("known", { later: "'{}'" });

/** Documents as received, with the fields that the sending stage knew. */
export const QUARANTINE = defineTable<QuarantinedDocument>("quarantine", {
  row: (column) => ({
    quarantineId: column.rowNumber("quarantine_id"),
    bytes: column.bytes("bytes"),
    reason: column.text("reason"),
    atMs: column.whole("at_ms"),
    source: column.text("source", LATER_EMPTY),
    known: column.field(KNOWN),
    retry: column.flag("retry", LATER_NO),
  }),
  options: "STRICT",
});
