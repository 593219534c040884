/**
 * What the journal says of a channel: its name, its figures, and what changed.
 *
 * @module
 */
import type { Database } from "./database.ts";
import type { JournalData } from "./journal_row.ts";
import type { Columns } from "./rows.ts";
import type { PayerChannelRow, ReceiverChannelRow } from "./store.ts";

/** Columns whose change is an entry, with its outcome; the status is its own. */
export const CHANNEL_STATUS_WORDS: readonly (readonly [column: string, outcome: string | null])[] =
  [
    ["status", null],
    ["deposit_units", "deposited"],
    ["claimed_units", "claimed"],
    ["halted", "halted"],
  ];

const ON_CHAIN_ID = /^0x[0-9a-f]{64}$/;

/** Whether packets under this id are on a channel of a chain, and not of a session without claims. */
export function isOnChain(channelId: string): boolean {
  return ON_CHAIN_ID.test(channelId);
}

/**
 * The name under which a channel stands in the journal and in the audit's files: `ch_` and 8 digits, more where a channel that was
 * there before begins with the same.
 */
export function channelName(db: Database, channelId: string): string {
  const taken = db.all(
    `SELECT channel_id FROM channels WHERE substr(channel_id, 1, 10) = ? AND channel_id <> ?
     AND created_at_ms <= coalesce((SELECT min(created_at_ms) FROM channels WHERE channel_id = ?), 0)`,
    channelId.slice(0, 10),
    channelId,
    channelId,
  ).map((row) => row.channel_id as string);
  let digits = 8;
  while (digits < 64 && taken.some((other) => other.startsWith(channelId.slice(0, 2 + digits)))) {
    digits++;
  }
  return `ch_${channelId.slice(2, 2 + digits)}`;
}

/** The channel's row on its chain, if this home keeps one. */
export function channelColumnsOf(db: Database, channelId: string): Columns | null {
  return db.get(
    `SELECT * FROM channels WHERE channel_id = ? ORDER BY status = 'void', created_at_ms DESC LIMIT 1`,
    channelId,
  );
}

/** What an entry's data says of a channel: enough to write its file from. */
export function channelData(
  channelId: string | null,
  row: Columns | null,
  payer: PayerChannelRow | null,
  receiver: ReceiverChannelRow | null,
): JournalData {
  const time = (column: string): string | null =>
    typeof row?.[column] === "number" ? new Date(row[column]).toISOString() : null;
  const column = (name: string): string | number | null =>
    (row?.[name] ?? null) as string | number | null;
  return {
    onchain_id: channelId,
    ref: column("ref"),
    status: column("status"),
    chain_id: column("chain_id"),
    genesis_hash: column("genesis_hash"),
    contract: column("contract"),
    opened_block_hash: column("opened_block_hash"),
    own_address: column("own_address"),
    peer_address: column("peer_address"),
    peer: column("peer_name") ?? payer?.peer ?? receiver?.peer ?? null,
    automatic: row === null ? null : row.automatic === 1,
    settlement_timeout_s: column("settlement_timeout_s"),
    created_at: time("created_at_ms"),
    opened_at: time("opened_at_ms"),
    settle_at: time("settle_at_ms"),
    halted: column("halted"),
    wanted_units: column("wanted_units"),
    deposit_units: column("deposit_units"),
    claimed_units: column("claimed_units"),
    signed_units: payer === null ? null : String(payer.signed),
    spent_units: payer === null ? null : String(payer.spent),
    forfeit_units: payer === null ? null : String(payer.forfeit),
    nonce: payer?.nonce ?? null,
    credited_units: receiver === null ? null : String(receiver.credited),
    watermark: receiver?.watermark ?? null,
    earned_units: receiver === null ? null : String(receiver.spent),
  };
}
