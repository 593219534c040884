/**
 * Packets that we pay, in a transaction, with the guards of docs/money.md. A nonce keeps its bytes for ever; only an open row takes an
 * outcome, once.
 *
 * @module
 */
import { isPending } from "../protocols/ilp/packet_state.ts";
import {
  ANNOUNCEMENT_KIND,
  DELETION_KIND,
  FEEDBACK_KIND,
  isJobResultKind,
} from "../protocols/nostr/kinds.ts";
import { bookPacket } from "./budgets.ts";
import { addToSum, type ChangeContext } from "./change_context.ts";
import { text, whole } from "./checks.ts";
import type { Column, Columns } from "./columns.ts";
import { endLatePacket } from "./late_packets.ts";
import {
  expectState,
  kept,
  stored,
  takesOutcome,
  unchanged,
  UNLESS_REFUSED,
} from "./packet_guards.ts";
import { OUTGOING } from "./packet_tables.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";
import type { Change, OutgoingPacketRow, PacketAbout } from "./store.ts";
import { StoreError } from "./store_error.ts";

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

/** Whether a write is a provider's: its answers, and that it announces and withdraws itself. */
function isProviders(about: PacketAbout | null): boolean {
  const { kind = null, jobId = null } = about ?? {};
  if (kind === null) return false;
  return isJobResultKind(kind) || kind === FEEDBACK_KIND || kind === ANNOUNCEMENT_KIND ||
    kind === DELETION_KIND && jobId === null;
}
