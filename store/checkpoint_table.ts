/**
 * The table of checkpoints.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { CheckpointRow } from "./journal_row.ts";
import type { Check } from "../base/table/checks.ts";
import { invalid, text } from "./checks.ts";

const hex = (digits: number): Check => {
  const pattern = new RegExp(`^[0-9a-f]{${digits}}$`);
  return (field, value) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw invalid(field, `${digits} lowercase hex digits`, value);
  };
};

const HASH = hex(64);
const SIGNATURE = hex(128);

/** Signatures over journal entries. */
export const CHECKPOINTS = defineTable<CheckpointRow>("checkpoints", {
  row: (column) => ({
    seq: column.whole("seq", KEY),
    hash: column.checkedText("hash", HASH),
    commit: column.checkedTextOrNull("commit_id", text),
    signature: column.checkedText("signature", SIGNATURE),
    pubkey: column.checkedText("pubkey", HASH),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT",
});
