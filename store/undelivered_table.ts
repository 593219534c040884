/**
 * The table of private messages that a relay of their reader does not have yet.
 *
 * @module
 */
import { defineTable } from "./define_table.ts";
import type { UndeliveredRow } from "./undelivered_row.ts";

const STATES = ["waiting", "given_up"] as const;

/** One row for each message and relay. */
export const UNDELIVERED = defineTable<UndeliveredRow>("undelivered", {
  row: (column) => ({
    messageId: column.text("message_id"),
    relayUrl: column.text("relay_url"),
    reader: column.text("reader"),
    event: column.bytes("event"),
    state: column.checkedWord("state", STATES),
    tries: column.whole("tries"),
    reason: column.textOrNull("reason"),
    nextAtMs: column.whole("next_at_ms"),
    atMs: column.whole("at_ms"),
  }),
  key: ["message_id", "relay_url"],
  options: "STRICT",
});

/** The table, and indexes for messages that are due and for old ones. */
export const UNDELIVERED_TABLES = `
  ${UNDELIVERED.sql}
  CREATE INDEX undelivered_due ON undelivered (next_at_ms) WHERE state = 'waiting';
  CREATE INDEX undelivered_age ON undelivered (at_ms);
`;
