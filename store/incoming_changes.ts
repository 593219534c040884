/**
 * Packets that we are paid by, in a transaction, with the guards of docs/money.md. One obligation is paid once; only a held row takes an
 * outcome, once.
 *
 * @module
 */
import { countsAsPaid, type IncomingState, isPending } from "../protocols/ilp/packet_state.ts";
import { addToSum, type ChangeContext } from "./change_context.ts";
import type { Column, Columns } from "./columns.ts";
import {
  expectState,
  kept,
  stored,
  takesOutcome,
  unchanged,
  UNLESS_REFUSED,
} from "./packet_guards.ts";
import { INCOMING } from "./packet_tables.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";
import type { IncomingPacketRow } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** Writes a packet that we are paid by. One held or fulfilled row an obligation; the first outcome wins. */
export function putIncoming(
  context: ChangeContext,
  row: IncomingPacketRow,
  expect: "absent" | "held" | undefined,
): void {
  const { db } = context;
  const columns = INCOMING.columns(row);
  // As above. A second payment of the obligation is a conflict with its unique index, and so is no quick one either.
  const quick = expect === "absent"
    ? db.run(INSERT_INCOMING, ...stored(columns)) === 1
    : expect === "held" && !isPending(row.state) &&
      db.run(SETTLE_INCOMING, ...settling(columns)) === 1;
  if (!quick) {
    const name = `incoming packet ${row.nonce} of ${row.channelId}`;
    const current = db.get(
      "SELECT * FROM incoming WHERE channel_id = ? AND nonce = ?",
      columns.channel_id,
      columns.nonce,
    );
    expectState(name, current, expect);
    refuseSecondPayment(db, columns);
    if (current === null) {
      db.run(INSERT_INCOMING, ...stored(columns));
    } else {
      unchanged(name, current, columns, kept(current, ["hash", "amount", "prepare"]));
      unchanged(
        name,
        current,
        columns,
        ["obligation", "next_channel_id", "next_nonce"].filter((column) =>
          current[column] !== null
        ),
      );
      if (!takesOutcome(name, "held", current, columns)) return;
      db.run(
        `UPDATE incoming SET state = ?, answer = ?, ${UNLESS_REFUSED}, obligation = ?, next_channel_id = ?,
         next_nonce = ? WHERE channel_id = ? AND nonce = ?`,
        columns.state,
        columns.answer,
        columns.state,
        columns.obligation,
        columns.next_channel_id,
        columns.next_nonce,
        columns.channel_id,
        columns.nonce,
      );
    }
  }
  if (row.state === "fulfilled") addToSum(context, "earned", row.amount);
  if (!isPending(row.state)) {
    const { channelId, nonce, amount, obligation, state: outcome } = row;
    const draft = { type: "earning", channelId, nonce, amount, obligation, outcome } as const;
    context.journal?.entries.push(draft);
  }
}

const INCOMING_KEPT = [
  "hash",
  "amount",
  "prepare",
  "obligation",
  "next_channel_id",
  "next_nonce",
] as const;

const INSERT_INCOMING = `${INCOMING.insert} ON CONFLICT DO NOTHING`;

const SETTLE_INCOMING = `UPDATE incoming SET state = ?, answer = ?, ${UNLESS_REFUSED}
   WHERE channel_id = ? AND nonce = ? AND state = 'held' AND ${
  INCOMING_KEPT.map((column) => `${column} IS ?`).join(" AND ")
}`;

function settling(columns: Columns): Column[] {
  return [
    columns.state,
    columns.answer,
    columns.state,
    columns.channel_id,
    columns.nonce,
    ...INCOMING_KEPT.map((column) => columns[column]),
  ];
}

function refuseSecondPayment(db: ChangeContext["db"], columns: Columns): void {
  if (columns.obligation === null || !countsAsPaid(columns.state as IncomingState)) return;
  const other = db.get(
    `SELECT channel_id, nonce, state FROM incoming WHERE obligation = ? AND ${COUNTS_AS_PAID}`,
    columns.obligation,
  );
  if (
    other !== null &&
    (other.channel_id !== columns.channel_id || other.nonce !== columns.nonce)
  ) {
    throw new StoreError(
      "conflict",
      `obligation ${columns.obligation} is ${other.state} already by packet ${other.nonce} of ${other.channel_id}`,
    );
  }
}
