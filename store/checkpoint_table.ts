/**
 * The table of signed places of the journal.
 *
 * @module
 */
import { checkedText, checkedTextOrNull, column } from "./column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { CheckpointRow } from "./journal_row.ts";
import { type Check, invalid, text } from "./checks.ts";

const hex = (digits: number): Check => {
  const pattern = new RegExp(`^[0-9a-f]{${digits}}$`);
  return (field, value) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw invalid(field, `${digits} lowercase hex digits`, value);
  };
};

/** Signatures over entries. */
export const CHECKPOINTS = defineTable<CheckpointRow>("checkpoints", {
  fields: {
    seq: column.whole("seq", { key: true }),
    hash: checkedText("hash", hex(64)),
    commit: checkedTextOrNull("commit_id", text),
    signature: checkedText("signature", hex(128)),
    pubkey: checkedText("pubkey", hex(64)),
    atMs: column.whole("at_ms"),
  },
  options: "STRICT",
});
