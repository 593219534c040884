/**
 * Channels and packets in a transaction, with the guards of docs/money.md. Rows that were signed or answered are compared byte
 * for byte; only an open or held row takes an outcome, once.
 *
 * @module
 */
import {
  ANNOUNCEMENT_KIND,
  DELETION_KIND,
  FEEDBACK_KIND,
  isJobResultKind,
} from "../protocols/nostr/kinds.ts";
import { countsAsPaid, type IncomingState, isPending } from "../protocols/ilp/packet_state.ts";
import { bookPacket } from "./budgets.ts";
import { addToSum, type ChangeContext, sameBytes } from "./change_context.ts";
import type { Table } from "./define_table.ts";
import { endLatePacket } from "./late_packets.ts";
import { INCOMING, OUTGOING, PAYER_CHANNELS, RECEIVER_CHANNELS } from "./packet_tables.ts";
import { text, whole } from "./checks.ts";
import type { Column, Columns } from "./columns.ts";
import type {
  Change,
  IncomingPacketRow,
  OutgoingPacketRow,
  PacketAbout,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./store.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";
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

/**
 * A refused packet is never sent or taken on again, so its PREPARE is not kept: only what answers whoever asks once more (the hash of
 * claim and PREPARE, and the answer). Otherwise whoever is refused fills the disk for the price of nothing.
 */
const UNLESS_REFUSED = "prepare = CASE ? WHEN 'refused' THEN x'' ELSE prepare END";

/** The values of a new row. */
function stored(columns: Columns): Column[] {
  const isRefused = columns.state === "refused";
  return Object.values(isRefused ? { ...columns, prepare: new Uint8Array(0) } : columns);
}

/** Of these columns the ones that the row still has. */
function kept(current: Columns, columns: readonly string[]): readonly string[] {
  return current.state === "refused" ? columns.filter((name) => name !== "prepare") : columns;
}

/** Whether a write is a provider's: its answers, and that it announces and withdraws itself. */
function isProviders(about: PacketAbout | null): boolean {
  const { kind = null, jobId = null } = about ?? {};
  if (kind === null) return false;
  return isJobResultKind(kind) || kind === FEEDBACK_KIND || kind === ANNOUNCEMENT_KIND ||
    kind === DELETION_KIND && jobId === null;
}

/** Writes a packet that we pay. A nonce keeps its bytes for ever, and the first outcome wins. */
export function putOutgoing(
  context: ChangeContext,
  row: OutgoingPacketRow,
  expect: "absent" | "open" | undefined,
  forfeit: boolean,
): void {
  const { db } = context;
  const columns = OUTGOING.columns(row);
  // The two steps of every packet are one statement each; whatever it does not fit is looked at below, with its reasons.
  const quick = expect === "absent"
    ? db.run(INSERT_OUTGOING, ...stored(columns)) === 1
    : expect === "open" && !isPending(row.state) &&
      db.run(CLOSE_OUTGOING, ...closing(columns)) === 1;
  if (!quick) {
    const name = `outgoing packet ${row.nonce} of ${row.channelId}`;
    const current = db.get(
      "SELECT * FROM outgoing WHERE channel_id = ? AND nonce = ?",
      columns.channel_id,
      columns.nonce,
    );
    expectState(name, current, expect);
    if (current === null) {
      db.run(INSERT_OUTGOING, ...stored(columns));
      bookPacket(context, row, 1n);
    } else {
      unchanged(name, current, columns, kept(current, OUTGOING_FIXED));
      if (!takesOutcome(name, "open", current, columns)) return;
      db.run(CLOSE_OUTGOING, ...closing(columns));
    }
  } else if (expect === "absent") bookPacket(context, row, 1n);
  if (row.state === "refused" && !forfeit) bookPacket(context, row, -1n);
  if (row.state === "fulfilled") {
    addToSum(context, "spent", row.amount);
    if (isProviders(row.about)) addToSum(context, "spent_providing", row.amount);
  }
  if (!isPending(row.state)) {
    if (row.about !== null) endLatePacket(context, row);
    const { channelId, nonce, amount, obligation, about } = row;
    const outcome = forfeit ? "forfeit" : row.state;
    const draft = {
      type: "payment",
      channelId,
      nonce,
      amount,
      obligation,
      about,
      outcome,
    } as const;
    context.journal?.entries.push(draft);
  }
}

/**
 * Marks a forwarded packet whose sender was told that it is lost. Its state stays as it is: whatever the next hop still answers counts.
 * Refused where it is refused, unknown or written off already.
 */
export function writeOff(
  { db }: ChangeContext,
  { channelId, nonce, atMs }: Extract<Change, { op: "writeOff" }>,
): void {
  const marked = db.run(
    `UPDATE outgoing SET written_off_at_ms = ? WHERE channel_id = ? AND nonce = ? AND ${COUNTS_AS_PAID}
     AND written_off_at_ms IS NULL`,
    whole("atMs", atMs),
    text("channelId", channelId),
    whole("nonce", nonce),
  );
  if (marked === 1) return;
  throw new StoreError("conflict", `packet ${nonce} of ${channelId} cannot be written off`);
}

const OUTGOING_FIXED = [
  "cumulative",
  "amount",
  "claim",
  "prepare",
  "condition",
  "obligation",
  "expires_at_ms",
  "incoming_channel_id",
  "incoming_nonce",
] as const;

const INSERT_OUTGOING = `${OUTGOING.insert} ON CONFLICT DO NOTHING`;

const CLOSE_OUTGOING = `UPDATE outgoing SET state = ?, answer = ?, ${UNLESS_REFUSED}
   WHERE channel_id = ? AND nonce = ? AND state = 'open' AND ${
  OUTGOING_FIXED.map((column) => `${column} IS ?`).join(" AND ")
}`;

function closing(columns: Columns): Column[] {
  return [
    columns.state,
    columns.answer,
    columns.state,
    columns.channel_id,
    columns.nonce,
    ...OUTGOING_FIXED.map((column) => columns[column]),
  ];
}

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

function expectState(name: string, current: Columns | null, expect: string | undefined): void {
  if (expect === undefined) return;
  if (expect === "absent" ? current === null : current?.state === expect) return;
  throw new StoreError(
    "conflict",
    `${name} is ${current === null ? "absent" : current.state}, expected ${expect}`,
  );
}

function same(a: Column, b: Column): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? sameBytes(a, b) : a === b;
}

function unchanged(name: string, from: Columns, to: Columns, columns: readonly string[]): void {
  for (const column of columns) {
    if (!same(from[column], to[column])) {
      throw new StoreError("conflict", `${column} of ${name} never changes`);
    }
  }
}

/** False when the row stands exactly so already; `conflict` when it stands otherwise and is no longer open. */
function takesOutcome(name: string, open: string, from: Columns, to: Columns): boolean {
  if (from.state === open) return true;
  if (from.state === to.state && same(from.answer, to.answer)) return false;
  throw new StoreError(
    "conflict",
    from.state === to.state
      ? `${name} is ${from.state} already with another answer`
      : `${name} is ${from.state} already and cannot become ${to.state}`,
  );
}
