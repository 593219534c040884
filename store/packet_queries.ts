/**
 * Reads channels and packets. Each read uses an index of schema.ts.
 *
 * @module
 */
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import { INCOMING, OUTGOING, PAYER_CHANNELS, RECEIVER_CHANNELS } from "./packet_tables.ts";
import { selectsOf } from "./selects.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";
import type { Store } from "./store.ts";

/** The reads of this module, which do not wait. */
export type PacketQueries = Pick<
  Store,
  | "payerChannel"
  | "receiverChannel"
  | "listPayerChannels"
  | "listReceiverChannels"
  | "openOutgoing"
  | "writtenOff"
  | "outgoing"
  | "outgoingByObligation"
  | "incoming"
  | "heldIncoming"
  | "incomingByObligation"
>;

/** Makes the reads over one connection. */
export function createPacketQueries(db: Database): PacketQueries {
  const { one, many } = selectsOf(db);
  return {
    // deno-lint-ignore require-await
    async payerChannel(channelId) {
      return one(
        PAYER_CHANNELS.row,
        "SELECT * FROM payer_channels WHERE channel_id = ?",
        channelId,
      );
    },
    // deno-lint-ignore require-await
    async receiverChannel(channelId) {
      return one(
        RECEIVER_CHANNELS.row,
        "SELECT * FROM receiver_channels WHERE channel_id = ?",
        channelId,
      );
    },
    // deno-lint-ignore require-await
    async listPayerChannels() {
      return many(PAYER_CHANNELS.row, "SELECT * FROM payer_channels ORDER BY channel_id");
    },
    // deno-lint-ignore require-await
    async listReceiverChannels() {
      return many(RECEIVER_CHANNELS.row, "SELECT * FROM receiver_channels ORDER BY channel_id");
    },
    // deno-lint-ignore require-await
    async openOutgoing(channelId) {
      return many(
        OUTGOING.row,
        "SELECT * FROM outgoing WHERE channel_id = ? AND state = 'open' ORDER BY nonce",
        channelId,
      );
    },
    // deno-lint-ignore require-await
    async writtenOff(channelId, sinceMs) {
      const rows = db.all(
        `SELECT amount FROM outgoing WHERE channel_id = ? AND written_off_at_ms >= ? AND ${COUNTS_AS_PAID}`,
        text("channelId", channelId),
        whole("sinceMs", sinceMs),
      );
      return rows.reduce((sum, { amount }) => sum + BigInt(amount as string), 0n);
    },
    // deno-lint-ignore require-await
    async outgoing(channelId, nonce) {
      return one(
        OUTGOING.row,
        "SELECT * FROM outgoing WHERE channel_id = ? AND nonce = ?",
        channelId,
        nonce,
      );
    },
    // deno-lint-ignore require-await
    async outgoingByObligation(obligation) {
      return many(
        OUTGOING.row,
        "SELECT * FROM outgoing WHERE obligation = ? ORDER BY created_at_ms, nonce",
        obligation,
      );
    },
    // deno-lint-ignore require-await
    async incoming(channelId, nonce) {
      return one(
        INCOMING.row,
        "SELECT * FROM incoming WHERE channel_id = ? AND nonce = ?",
        channelId,
        nonce,
      );
    },
    // deno-lint-ignore require-await
    async heldIncoming(channelId) {
      return channelId === undefined
        ? many(
          INCOMING.row,
          "SELECT * FROM incoming WHERE state = 'held' ORDER BY channel_id, nonce",
        )
        : many(
          INCOMING.row,
          "SELECT * FROM incoming WHERE channel_id = ? AND state = 'held' ORDER BY nonce",
          channelId,
        );
    },
    // deno-lint-ignore require-await
    async incomingByObligation(obligation) {
      return one(
        INCOMING.row,
        `SELECT * FROM incoming WHERE obligation = ? AND ${COUNTS_AS_PAID}`,
        obligation,
      );
    },
  };
}
