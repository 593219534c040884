/**
 * Restores claims of others from a damaged store. Only the store has them, and each is worth money. A claim's signature proves it, whatever
 * else of the file is damaged.
 *
 * @module
 */
import { RECEIVER_CHANNELS } from "../../store/packet_tables.ts";
import { larger } from "../../base/amount.ts";
import { provenClaim } from "../../money/channels/claiming.ts";
import { type Database, openDatabase } from "../../store/database.ts";
import type { ReceiverChannelRow } from "../../store/store.ts";
import { StoreError } from "../../store/store_error.ts";
import type { ChannelFile } from "./state_file_rows.ts";

/** The channels, with what the old store still has of their receiving side. Reads the file without changing it. */
export async function withSalvagedClaims(
  folder: string,
  channels: readonly ChannelFile[],
): Promise<ChannelFile[]> {
  const db = attempt(() => openDatabase(folder, { readOnly: true }));
  if (db === null) return [...channels];
  try {
    return await Promise.all(channels.map((channel) => withClaim(db, channel)));
  } finally {
    db.close();
  }
}

async function withClaim(db: Database, channel: ChannelFile): Promise<ChannelFile> {
  const { row, receiver } = channel;
  const old = attempt(() => {
    const found = db.get("SELECT * FROM receiver_channels WHERE channel_id = ?", row.channelId);
    return found && RECEIVER_CHANNELS.row(found);
  });
  if (!(old?.bestClaim instanceof Uint8Array)) return channel;
  const claim = await provenClaim(old.bestClaim, row, row.peerAddress);
  if (claim === null) return channel;
  const credited = larger(claim.transferredAmount, receiver?.credited ?? 0n);
  const spent = receiver?.spent ?? 0n;
  const salvaged: ReceiverChannelRow = {
    channelId: claim.channelId,
    peer: receiver?.peer ?? row.peerAddress,
    credited,
    watermark: Math.max(claim.nonce, receiver?.watermark ?? 0),
    bestClaim: old.bestClaim,
    // The amount spent may be damaged. If it is too high, the peer has less credit, and we lose nothing.
    spent: old.spent > spent && old.spent <= credited ? old.spent : spent,
  };
  return { ...channel, receiver: salvaged };
}

/** Null if the damage prevents reading. */
function attempt<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (
      error instanceof StoreError || error instanceof RangeError || error instanceof SyntaxError
    ) {
      return null;
    }
    throw error;
  }
}
