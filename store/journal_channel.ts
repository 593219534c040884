/**
 * What the journal says of a channel. The channel's facts (parties, chain, status, deposit) are a separate row that is written when a fact
 * changed. Entries refer to it and contain only the figures that change, so the entry of a payment stays small.
 *
 * Cache: facts and figures of at most 4,096 channels. When it is full, it is emptied and read again.
 *
 * @module
 */
import { CHANNELS } from "./chain_tables.ts";
import { PAYER_CHANNELS, RECEIVER_CHANNELS } from "./packet_tables.ts";
import type { Database } from "./database.ts";
import type { JournalData } from "./journal_row.ts";
import { JOURNAL_FACTS } from "./journal_tables.ts";
import type { Columns } from "../base/table/columns.ts";
import type { PayerChannelRow, ReceiverChannelRow } from "./store.ts";

const MAX_CHANNELS = 4_096;
const ON_CHAIN_ID = /^0x[0-9a-f]{64}$/;

/** A channel as its next entry will show it. */
export interface JournaledChannel {
  /** `ch_...`; null for a session without claims, which has no channel. */
  readonly name: string | null;
  /** The row of its facts. */
  readonly factsId: number;
  /** Our confirmed deposit; null if this home has no row of the channel. */
  readonly depositUnits: bigint | null;
  payer: PayerChannelRow | null;
  receiver: ReceiverChannelRow | null;
}

/** The channels of one writing connection. */
export interface JournaledChannels {
  /** By on-chain id. */
  of(channelId: string): JournaledChannel;
  /** By its row, also before it has an on-chain id. */
  ofRow(row: Columns): JournaledChannel;
  /** Updates the figures after a commit. */
  moved(
    payers: ReadonlyMap<string, PayerChannelRow>,
    receivers: ReadonlyMap<string, ReceiverChannelRow>,
  ): void;
  /** Drops a channel from the cache, because its row was written. */
  forget(channelId: string): void;
  /** Empties the cache, because a commit was undone. */
  forgetAll(): void;
}

/** An empty cache. */
export function journaledChannels(db: Database): JournaledChannels {
  const known = new Map<string, JournaledChannel>();

  function read(channelId: string, row: Columns | null): JournaledChannel {
    const payer = db.get("SELECT * FROM payer_channels WHERE channel_id = ?", channelId);
    const receiver = db.get("SELECT * FROM receiver_channels WHERE channel_id = ?", channelId);
    const peer = (row?.peer_name ?? payer?.peer ?? receiver?.peer ?? null) as string | null;
    return {
      name: ON_CHAIN_ID.test(channelId) ? nameOf(db, channelId) : null,
      factsId: keepFacts(db, channelId, factsOf(channelId, row, peer)),
      depositUnits: row === null ? null : BigInt(row.deposit_units as string),
      payer: payer && PAYER_CHANNELS.row(payer),
      receiver: receiver && RECEIVER_CHANNELS.row(receiver),
    };
  }

  return {
    of(channelId) {
      let channel = known.get(channelId);
      if (channel !== undefined) return channel;
      if (known.size >= MAX_CHANNELS) known.clear();
      const row = db.get(
        "SELECT * FROM channels WHERE channel_id = ? ORDER BY status = 'void', created_at_ms DESC LIMIT 1",
        channelId,
      );
      known.set(channelId, channel = read(channelId, row));
      return channel;
    },
    ofRow(row) {
      const ref = row.ref as string;
      if (row.channel_id !== null) return read(row.channel_id as string, row);
      return {
        name: `ch_${ref.slice(2, 10)}`,
        factsId: keepFacts(db, ref, factsOf(null, row, row.peer_name as string)),
        depositUnits: BigInt(row.deposit_units as string),
        payer: null,
        receiver: null,
      };
    },
    moved(payers, receivers) {
      for (const [id, payer] of payers) {
        const channel = known.get(id);
        if (channel !== undefined) channel.payer = payer;
      }
      for (const [id, receiver] of receivers) {
        const channel = known.get(id);
        if (channel !== undefined) channel.receiver = receiver;
      }
    },
    forget: (channelId) => void known.delete(channelId),
    forgetAll: () => known.clear(),
  };
}

/**
 * The name of a channel in the journal and in the audit's files: `ch_` and 8 digits, or more if an earlier channel begins with the same
 * digits.
 */
function nameOf(db: Database, channelId: string): string {
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

/** The row with these facts: the channel's newest row if it has the same data, otherwise a new one. */
function keepFacts(db: Database, channel: string, facts: JournalData): number {
  const data = JSON.stringify(facts);
  const last = db.get(
    "SELECT facts_id, data FROM journal_facts WHERE channel = ? ORDER BY facts_id DESC LIMIT 1",
    channel,
  );
  if (last?.data === data) return last.facts_id as number;
  db.run(JOURNAL_FACTS.insert, ...JOURNAL_FACTS.values({ factsId: 0, channel, data }));
  return db.get("SELECT last_insert_rowid() AS id")!.id as number;
}

function factsOf(channelId: string | null, row: Columns | null, peer: string | null): JournalData {
  return { ...CHANNELS.tell(row), onchain_id: channelId, peer };
}
