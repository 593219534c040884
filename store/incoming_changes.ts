/**
 * Writes packets that pay us, in a transaction (docs/money.md). One obligation is paid once.
 *
 * @module
 */
import { countsAsPaid, type IncomingState, isPending } from "../protocols/ilp/packet_state.ts";
import { addToSum, type ChangeContext } from "./change_context.ts";
import type { Columns } from "../base/table/columns.ts";
import { INCOMING } from "./packet_tables.ts";
import { packetWriter } from "./packet_writer.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";
import type { IncomingPacketRow } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** Writes a packet that pays us. One obligation has one held or fulfilled row, and a packet's first outcome stays. */
export function putIncoming(
  context: ChangeContext,
  row: IncomingPacketRow,
  expect: "absent" | "held" | undefined,
): void {
  if (writePacket(context.db, INCOMING.columns(row), expect) === "unchanged") return;
  if (row.state === "fulfilled") addToSum(context, "earned", row.amount);
  if (!isPending(row.state)) {
    const { channelId, nonce, amount, obligation, state: outcome } = row;
    const draft = { type: "earning", channelId, nonce, amount, obligation, outcome } as const;
    context.journal?.entries.push(draft);
  }
}

const writePacket = packetWriter({
  table: INCOMING,
  pending: "held",
  fixed: ["hash", "amount", "prepare"],
  once: ["obligation", "next_channel_id", "next_nonce"],
  // The index of obligations has only those that a packet pays or may pay.
  cleared: { prepare: new Uint8Array(0), obligation: null },
  check: refuseSecondPayment,
});

/** Throws `conflict` if another packet paid the obligation. A unique index refuses it too, but without this message. */
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
