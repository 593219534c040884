/**
 * The tables of channels and packets, on the payer's and the receiver's side.
 *
 * @module
 */
import { INCOMING_STATES, OUTGOING_STATES } from "../protocols/ilp/packet_state.ts";
import { type Field, KEY, type Marks, TOLD } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { DescribedField } from "../base/table/described_fields.ts";
import type {
  IncomingPacketRow,
  OutgoingPacketRow,
  PacketAbout,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./packet_row.ts";
import { text, whole } from "./checks.ts";

const WRITTEN_LATER: Marks = { later: null, given: true };
const INCOMING_LINK = packetOf("incoming");
const NEXT_LINK = packetOf("next");
const ABOUT = aboutColumn("about");

const TOLD_AS_SIGNED: Marks = { told: "signed_units" };
const TOLD_AS_SPENT: Marks = { told: "spent_units" };
const TOLD_AS_FORFEIT: Marks = { told: "forfeit_units" };
const TOLD_AS_CREDITED: Marks = { told: "credited_units" };
const TOLD_AS_EARNED: Marks = { told: "earned_units" };

/** Channels that we pay through. */
export const PAYER_CHANNELS = defineTable<PayerChannelRow>("payer_channels", {
  row: (column) => ({
    channelId: column.text("channel_id", KEY),
    peer: column.text("peer"),
    signed: column.amount("signed", TOLD_AS_SIGNED),
    nonce: column.whole("nonce", TOLD),
    spent: column.amount("spent", TOLD_AS_SPENT),
    forfeit: column.amount("forfeit", TOLD_AS_FORFEIT),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** Channels that we are paid through. */
export const RECEIVER_CHANNELS = defineTable<ReceiverChannelRow>("receiver_channels", {
  row: (column) => ({
    channelId: column.text("channel_id", KEY),
    peer: column.text("peer"),
    credited: column.amount("credited", TOLD_AS_CREDITED),
    watermark: column.whole("watermark", TOLD),
    bestClaim: column.bytesOrNull("best_claim"),
    spent: column.amount("spent", TOLD_AS_EARNED),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** Packets that we pay. */
export const OUTGOING = defineTable<OutgoingPacketRow>("outgoing", {
  row: (column) => ({
    channelId: column.text("channel_id"),
    nonce: column.whole("nonce"),
    cumulative: column.amount("cumulative"),
    amount: column.amount("amount"),
    claim: column.bytes("claim"),
    prepare: column.bytes("prepare"),
    condition: column.bytes("condition"),
    obligation: column.text("obligation"),
    state: column.checkedWord("state", OUTGOING_STATES),
    expiresAtMs: column.whole("expires_at_ms"),
    createdAtMs: column.whole("created_at_ms"),
    incoming: column.field(INCOMING_LINK),
    answer: column.bytesOrNull("answer"),
    about: column.field(ABOUT),
    // Only the `writeOff` change sets it.
    writtenOffAtMs: column.wholeOrNull("written_off_at_ms", WRITTEN_LATER),
  }),
  key: ["channel_id", "nonce"],
  options: "STRICT",
});

/** Packets that pay us. */
export const INCOMING = defineTable<IncomingPacketRow>("incoming", {
  row: (column) => ({
    channelId: column.text("channel_id"),
    nonce: column.whole("nonce"),
    hash: column.bytes("hash"),
    amount: column.amount("amount"),
    prepare: column.bytes("prepare"),
    obligation: column.textOrNull("obligation"),
    state: column.checkedWord("state", INCOMING_STATES),
    answer: column.bytesOrNull("answer"),
    next: column.field(NEXT_LINK),
    receivedAtMs: column.whole("received_at_ms"),
  }),
  key: ["channel_id", "nonce"],
  options: "STRICT",
});

type Link = { readonly channelId: string; readonly nonce: number };

/** A reference to another packet by channel and nonce; both columns are null if there is none. */
function packetOf(prefix: string): Field<Link | null> {
  const [idColumn, nonceColumn] = [`${prefix}_channel_id`, `${prefix}_nonce`];
  return {
    columns: [[idColumn, "TEXT"], [nonceColumn, "INTEGER"]],
    write(field, value) {
      if (value === null) return [null, null];
      const { channelId, nonce } = Object(value) as Record<string, unknown>;
      return [text(`${field}.channelId`, channelId), whole(`${field}.nonce`, nonce)];
    },
    read({ [idColumn]: id, [nonceColumn]: nonce }) {
      return id === null || nonce === null
        ? null
        : { channelId: id as string, nonce: nonce as number };
    },
  };
}

/** The journal's description of a packet, as small JSON. */
function aboutColumn(name: string): Field<PacketAbout | null> & DescribedField {
  return {
    columns: [[name, "TEXT"]],
    later: null,
    write(field, value) {
      if (value === null) return null;
      const about = Object(value) as PacketAbout;
      const jobId = about.jobId === null ? null : text(`${field}.jobId`, about.jobId);
      const provider = about.provider === null ? null : text(`${field}.provider`, about.provider);
      const kind = about.kind === null ? null : whole(`${field}.kind`, about.kind);
      const size = about.bytes === null ? null : whole(`${field}.bytes`, about.bytes);
      return JSON.stringify({ jobId, provider, kind, bytes: size });
    },
    // Rows of earlier versions have no provider.
    read: ({ [name]: about }) =>
      about === null ? null : { provider: null, ...JSON.parse(about as string) },
  };
}
