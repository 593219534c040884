/**
 * Writes packets that we pay, in a transaction (docs/money.md). The bytes of a nonce never change, and a packet's first outcome stays.
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
import { endLatePacket } from "./late_packets.ts";
import { OUTGOING } from "./packet_tables.ts";
import { packetWriter } from "./packet_writer.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";
import type { Change, OutgoingPacketRow, PacketAbout } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** Writes a packet that we pay. `forfeit` means that the peer keeps the amount of a refused packet. */
export function putOutgoing(
  context: ChangeContext,
  row: OutgoingPacketRow,
  expect: "absent" | "open" | undefined,
  forfeit: boolean,
): void {
  const written = writePacket(context.db, OUTGOING.columns(row), expect);
  if (written === "unchanged") return;
  if (written === "added") bookPacket(context, row, 1n);
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
 * Marks a forwarded packet whose sender was told that it is lost. Its state does not change, because a later answer of the next hop still
 * counts. Throws `conflict` if the packet is refused, unknown or written off already.
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

const writePacket = packetWriter({
  table: OUTGOING,
  pending: "open",
  fixed: [
    "cumulative",
    "amount",
    "claim",
    "prepare",
    "condition",
    "obligation",
    "expires_at_ms",
    "incoming_channel_id",
    "incoming_nonce",
  ],
  once: [],
  cleared: { prepare: new Uint8Array(0) },
});

/** Whether a write belongs to a provider's work: answers to jobs, its announcement, or its withdrawal. */
function isProviders(about: PacketAbout | null): boolean {
  const { kind = null, jobId = null } = about ?? {};
  if (kind === null) return false;
  return isJobResultKind(kind) || kind === FEEDBACK_KIND || kind === ANNOUNCEMENT_KIND ||
    kind === DELETION_KIND && jobId === null;
}
