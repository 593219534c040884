/**
 * Makes entries from drafts, before they get their place in the chain.
 *
 * @module
 */
import type { Database } from "./database.ts";
import type { JournaledChannel, JournaledChannels } from "./journal_channel.ts";
import { CHANNEL_WORDS, type JournalDraft } from "./journal_drafts.ts";
import { JOBS } from "./job_tables.ts";
import type { JournalData, JournalLine } from "./journal_row.ts";
import { PAYER_CHANNELS, RECEIVER_CHANNELS } from "./packet_tables.ts";
import type { Columns } from "../base/table/columns.ts";
import type { PayerChannelRow } from "./store.ts";

/** An entry without a place. Its data is JSON and does not repeat the facts of its channel. */
export interface UnplacedEntry extends Omit<JournalLine, "seq" | "atMs" | "prev" | "hash"> {
  readonly data: string;
  readonly factsId: number | null;
}

type Of<Type extends JournalDraft["type"]> = Extract<JournalDraft, { type: Type }>;

/** The entries of one draft. `after` has the payer's figures right after a payment. */
export function entriesOf(
  db: Database,
  channels: JournaledChannels,
  draft: JournalDraft,
  after: PayerChannelRow | null,
): UnplacedEntry[] {
  switch (draft.type) {
    case "payment":
      return [paymentEntry(channels.of(draft.channelId), draft, after)];
    case "earning":
      return [earningEntry(db, channels.of(draft.channelId), draft)];
    case "lightning":
      return [lightningEntry(db, draft)];
    case "channel":
      return channelEntries(db, channels.ofRow(draft.row), draft);
    case "job":
      return [jobEntry(db, draft.row, draft.outcome)];
    case "noted": {
      const { type, outcome, data } = draft.entry;
      return [{ ...NOTHING, type, outcome, data: JSON.stringify(data) }];
    }
  }
}

const NOTHING = {
  jobId: null,
  channelId: null,
  eventId: null,
  kind: null,
  bytes: null,
  amountUnits: null,
  balanceUnits: null,
  factsId: null,
} as const;

function paymentEntry(
  channel: JournaledChannel,
  draft: Of<"payment">,
  after: PayerChannelRow | null,
): UnplacedEntry {
  const { about } = draft;
  return {
    type: "payment",
    jobId: about?.jobId ?? null,
    channelId: channel.name,
    eventId: eventOf(draft.obligation),
    kind: about?.kind ?? null,
    bytes: about?.bytes ?? null,
    amountUnits: draft.amount,
    balanceUnits: balanceOf(channel, after),
    outcome: draft.outcome,
    factsId: channel.factsId,
    data: packetData(channel, after, draft),
  };
}

function earningEntry(
  db: Database,
  channel: JournaledChannel,
  draft: Of<"earning">,
): UnplacedEntry {
  const eventId = eventOf(draft.obligation);
  const job = eventId === null ? null : db.get(
    "SELECT job_id, kind FROM jobs WHERE event_id = ? AND role = 'provider'",
    eventId,
  );
  return {
    ...NOTHING,
    type: "earning",
    jobId: (job?.job_id ?? null) as string | null,
    channelId: channel.name,
    eventId,
    kind: (job?.kind ?? null) as number | null,
    amountUnits: draft.amount,
    outcome: draft.outcome,
    factsId: channel.factsId,
    data: packetData(channel, channel.payer, draft),
  };
}

/** The preimage is the receipt and stays in its row; the audit has the hash. */
function lightningEntry(db: Database, { row, outcome }: Of<"lightning">): UnplacedEntry {
  const { eventId, role, jobId, amountMsats, feesMsats, paymentHash, code } = row;
  const job = db.get("SELECT kind FROM jobs WHERE event_id = ? AND role = ?", eventId, role);
  return {
    ...NOTHING,
    type: "lightning",
    jobId,
    eventId: EVENT_ID.test(eventId) ? eventId : null,
    kind: (job?.kind ?? null) as number | null,
    amountUnits: amountMsats,
    outcome,
    data: JSON.stringify({
      role,
      payment_hash: paymentHash,
      fees_msats: feesMsats === null ? null : String(feesMsats),
      code,
    }),
  };
}

function channelEntries(
  db: Database,
  channel: JournaledChannel,
  { row, before }: Of<"channel">,
): UnplacedEntry[] {
  const transaction = db.get(
    "SELECT hash FROM transactions WHERE channel_ref = ? ORDER BY created_at_ms DESC, nonce DESC LIMIT 1",
    row.ref,
  );
  const data = JSON.stringify({
    ...figuresOf(channel, channel.payer),
    status_before: before?.status ?? null,
    deposit_before_units: before?.deposit_units ?? null,
    tx_hash: transaction?.hash ?? null,
  });
  const changed = CHANNEL_WORDS.filter(([column]) => row[column] !== before?.[column]);
  // A new status makes one entry, which covers all changes. Under an unchanged status, each change has its own entry.
  const told = changed.some(([column]) => column === "status") ? changed.slice(0, 1) : changed;
  return told.map(([column, outcome]) => ({
    ...NOTHING,
    type: "channel" as const,
    channelId: channel.name,
    amountUnits: riseOf(column, row, before),
    balanceUnits: balanceOf(channel, channel.payer),
    outcome: outcome ?? row.status as string,
    factsId: channel.factsId,
    data,
  }));
}

function jobEntry(db: Database, row: Columns, outcome: string): UnplacedEntry {
  const attempt = row.role !== "buyer" ? null : db.get(
    "SELECT chain_id FROM job_chain_attempts WHERE job_id = ?",
    row.job_id,
  );
  return {
    ...NOTHING,
    type: "job",
    jobId: row.job_id as string,
    eventId: EVENT_ID.test(row.event_id as string) ? row.event_id as string : null,
    kind: row.kind as number,
    amountUnits: BigInt(row.amount_units as string),
    outcome,
    data: JSON.stringify({ ...JOBS.tell(row), chain: attempt?.chain_id ?? null }),
  };
}

function packetData(
  channel: JournaledChannel,
  payer: PayerChannelRow | null,
  { nonce, obligation }: Of<"payment"> | Of<"earning">,
): string {
  return JSON.stringify({ ...figuresOf(channel, payer), packet_nonce: nonce, obligation });
}

/** The figures of a channel's money, as payer and as receiver. */
function figuresOf({ receiver }: JournaledChannel, payer: PayerChannelRow | null): JournalData {
  return {
    ...PAYER_CHANNELS.tellRow(payer),
    ...RECEIVER_CHANNELS.tellRow(receiver),
  };
}

function riseOf(column: string, row: Columns, before: Columns | null): bigint | null {
  const rising = column === "claimed_units" ? "claimed_units" : "deposit_units";
  const by = BigInt(row[rising] as string) - BigInt((before?.[rising] ?? "0") as string);
  return column === "halted" || by === 0n ? null : by;
}

function balanceOf(
  { depositUnits }: JournaledChannel,
  payer: PayerChannelRow | null,
): bigint | null {
  if (depositUnits === null || payer === null) return depositUnits;
  return depositUnits - payer.spent - payer.forfeit;
}

const EVENT_ID = /^[0-9a-f]{64}$/;
const OF_EVENT = /^(?:write|job):([0-9a-f]{64})$/;

/** The event of `write:<id>` or `job:<id>`. */
function eventOf(obligation: string | null): string | null {
  return obligation === null ? null : OF_EVENT.exec(obligation)?.[1] ?? null;
}
