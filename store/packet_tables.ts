/**
 * The tables of channels and packets, as their payer and as their receiver keep them.
 *
 * @module
 */
import { INCOMING_STATES, OUTGOING_STATES } from "../protocols/ilp/packet_state.ts";
import { checkedWord, column, nullable } from "./column_kinds.ts";
import { defineTable, type Field } from "./define_table.ts";
import type {
  IncomingPacketRow,
  OutgoingPacketRow,
  PacketAbout,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./packet_row.ts";
import { text, whole } from "./checks.ts";

/** Channels that we pay through. */
export const PAYER_CHANNELS = defineTable<PayerChannelRow>("payer_channels", {
  fields: {
    channelId: column.text("channel_id", { key: true }),
    peer: column.text("peer"),
    signed: column.amount("signed"),
    nonce: column.whole("nonce"),
    spent: column.amount("spent"),
    forfeit: column.amount("forfeit"),
  },
  options: "STRICT, WITHOUT ROWID",
});

/** Channels that we are paid through. */
export const RECEIVER_CHANNELS = defineTable<ReceiverChannelRow>("receiver_channels", {
  fields: {
    channelId: column.text("channel_id", { key: true }),
    peer: column.text("peer"),
    credited: column.amount("credited"),
    watermark: column.whole("watermark"),
    bestClaim: nullable.bytes("best_claim"),
    spent: column.amount("spent"),
  },
  options: "STRICT, WITHOUT ROWID",
});

/** Packets that we pay. */
export const OUTGOING = defineTable<OutgoingPacketRow>("outgoing", {
  fields: {
    channelId: column.text("channel_id"),
    nonce: column.whole("nonce"),
    cumulative: column.amount("cumulative"),
    amount: column.amount("amount"),
    claim: column.bytes("claim"),
    prepare: column.bytes("prepare"),
    condition: column.bytes("condition"),
    obligation: column.text("obligation"),
    state: checkedWord("state", OUTGOING_STATES),
    expiresAtMs: column.whole("expires_at_ms"),
    createdAtMs: column.whole("created_at_ms"),
    incoming: packetOf("incoming"),
    answer: nullable.bytes("answer"),
    about: aboutColumn("about"),
    // Only the change that writes a packet off sets it.
    writtenOffAtMs: { ...nullable.whole("written_off_at_ms", { later: true }), given: true },
  },
  more: ["PRIMARY KEY (channel_id, nonce)"],
  options: "STRICT",
});

/** Packets that we are paid by. */
export const INCOMING = defineTable<IncomingPacketRow>("incoming", {
  fields: {
    channelId: column.text("channel_id"),
    nonce: column.whole("nonce"),
    hash: column.bytes("hash"),
    amount: column.amount("amount"),
    prepare: column.bytes("prepare"),
    obligation: nullable.text("obligation"),
    state: checkedWord("state", INCOMING_STATES),
    answer: nullable.bytes("answer"),
    next: packetOf("next"),
    receivedAtMs: column.whole("received_at_ms"),
  },
  more: ["PRIMARY KEY (channel_id, nonce)"],
  options: "STRICT",
});

/** Another packet, by its channel and nonce; both are null where there is none. */
function packetOf(
  prefix: string,
): Field<{ readonly channelId: string; readonly nonce: number } | null> {
  const [channelId, nonce] = [
    nullable.text(`${prefix}_channel_id`),
    nullable.whole(`${prefix}_nonce`),
  ];
  return {
    columns: [...channelId.columns, ...nonce.columns],
    write(field, value) {
      if (value === null) return [null, null];
      const { channelId, nonce } = Object(value) as Record<string, unknown>;
      return [text(`${field}.channelId`, channelId), whole(`${field}.nonce`, nonce)];
    },
    read(columns) {
      const [id, at] = [channelId.read(columns), nonce.read(columns)];
      return id === null || at === null ? null : { channelId: id, nonce: at };
    },
  };
}

/** What a packet is about: small JSON, for the journal. */
function aboutColumn(name: string): Field<PacketAbout | null> {
  return {
    columns: [[name, "TEXT"]],
    later: true,
    write(field, value) {
      if (value === null) return [null];
      const about = Object(value) as PacketAbout;
      const jobId = about.jobId === null ? null : text(`${field}.jobId`, about.jobId);
      const provider = about.provider === null ? null : text(`${field}.provider`, about.provider);
      const kind = about.kind === null ? null : whole(`${field}.kind`, about.kind);
      const size = about.bytes === null ? null : whole(`${field}.bytes`, about.bytes);
      return [JSON.stringify({ jobId, provider, kind, bytes: size })];
    },
    // A row of an earlier version names no provider.
    read: ({ [name]: about }) =>
      about === null ? null : { provider: null, ...JSON.parse(about as string) },
  };
}
