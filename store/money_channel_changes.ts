/**
 * Writes channels that we pay through and are paid through. Totals and nonces never fall (docs/money.md).
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Columns } from "../base/table/columns.ts";
import type { Table } from "./define_table.ts";
import { PAYER_CHANNELS, RECEIVER_CHANNELS } from "./packet_tables.ts";
import type { PayerChannelRow, ReceiverChannelRow } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** Writes the payer's channel; `signed`, `nonce` and `spent` never fall. */
export function putPayerChannel(context: ChangeContext, row: PayerChannelRow): void {
  putMoneyChannel(context, "payer", PAYER_CHANNELS, row, ["signed", "nonce", "spent"]);
  context.journal?.payers.set(row.channelId, row);
}

/** Writes the receiver's channel; `credited`, `watermark` and `spent` never fall. */
export function putReceiverChannel(context: ChangeContext, row: ReceiverChannelRow): void {
  putMoneyChannel(context, "receiver", RECEIVER_CHANNELS, row, ["credited", "watermark", "spent"]);
  context.journal?.receivers.set(row.channelId, row);
}

function putMoneyChannel<Row extends PayerChannelRow | ReceiverChannelRow>(
  { db }: ChangeContext,
  side: string,
  { name, upsert, columns: columnsOf }: Table<Row>,
  row: Row,
  rising: readonly string[],
): void {
  const columns = columnsOf(row);
  const id = columns.channel_id;
  const current = db.get(`SELECT * FROM ${name} WHERE channel_id = ?`, id);
  neverFalls(side, row.channelId, current, columns, rising);
  db.run(upsert, ...Object.values(columns));
}

function neverFalls(
  side: string,
  id: string,
  current: Columns | null,
  next: Columns,
  fields: readonly string[],
): void {
  for (const field of current === null ? [] : fields) {
    if (BigInt(next[field] as string) < BigInt(current![field] as string)) {
      throw new StoreError(
        "conflict",
        `${field} of ${side} channel ${id} never falls (${current![field]} to ${next[field]})`,
      );
    }
  }
}
