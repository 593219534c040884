/**
 * The one writer of the journal. A commit's drafts become entries in the same transaction as their rows: one insert and one
 * SHA-256 each. The tip and the figures of channels are kept in memory; what a commit that is undone added to them is forgotten.
 *
 * Held: figures of at most 4,096 channels; then all are forgotten and read again.
 *
 * @module
 */
import type { Database } from "./database.ts";
import {
  CHANNEL_STATUS_WORDS,
  channelColumnsOf,
  channelData,
  channelName,
  isOnChain,
} from "./journal_channel.ts";
import type { JournalDraft, JournalDrafts } from "./journal_drafts.ts";
import { entryHash, type JournalData, type JournalLine, NO_HASH } from "./journal_row.ts";
import { type Columns, payerRow, receiverRow } from "./rows.ts";
import type { PayerChannelRow, ReceiverChannelRow } from "./store.ts";

const MAX_CHANNELS = 4_096;

/** The end of the chain. */
export interface JournalTip {
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
}

/** The journal of one writing connection. */
export interface Journal {
  /** Where the chain ends; of seq 0 where nothing was written. */
  readonly tip: JournalTip;
  /** Writes a commit's entries; whether there were any. */
  write(drafts: JournalDrafts): boolean;
  /** Goes back to a tip whose later entries were undone. */
  rewind(tip: JournalTip): void;
}

interface ChannelFacts {
  readonly name: string;
  readonly row: Columns | null;
  payer: PayerChannelRow | null;
  receiver: ReceiverChannelRow | null;
}

type Fields = Omit<JournalLine, "seq" | "atMs" | "prev" | "hash"> & { readonly data: JournalData };

/** Takes the journal up; null where this store keeps none. One that was begun goes on, whoever opens the file. */
export function openJournal(db: Database, clock: () => number, wanted: boolean): Journal | null {
  let base = readBase(db);
  if (base === null) {
    if (!wanted) return null;
    db.run(
      `INSERT INTO journal_base (only, seq, hash, at_ms, spent, earned) VALUES (0, 0, ?, 0,
         coalesce((SELECT value FROM sums WHERE name = 'spent'), '0'),
         coalesce((SELECT value FROM sums WHERE name = 'earned'), '0'))`,
      NO_HASH,
    );
    base = { seq: 0, hash: NO_HASH, atMs: 0 };
  }
  let tip = readTip(db) ?? base;
  const channels = new Map<string, ChannelFacts>();

  function factsOf(channelId: string): ChannelFacts {
    const known = channels.get(channelId);
    if (known !== undefined) return known;
    if (channels.size >= MAX_CHANNELS) channels.clear();
    const payer = db.get("SELECT * FROM payer_channels WHERE channel_id = ?", channelId);
    const receiver = db.get("SELECT * FROM receiver_channels WHERE channel_id = ?", channelId);
    const facts: ChannelFacts = {
      name: channelName(db, channelId),
      row: channelColumnsOf(db, channelId),
      payer: payer && payerRow(payer),
      receiver: receiver && receiverRow(receiver),
    };
    channels.set(channelId, facts);
    return facts;
  }

  /** The commit's figures are taken over, and each payment is given those that stood right after it. */
  function settle(drafts: JournalDrafts): Map<JournalDraft, PayerChannelRow> {
    const { entries, payers, receivers } = drafts;
    for (const id of drafts.channels) channels.delete(id);
    for (const [id, payer] of payers) {
      const known = channels.get(id);
      if (known !== undefined) known.payer = payer;
    }
    for (const [id, receiver] of receivers) {
      const known = channels.get(id);
      if (known !== undefined) known.receiver = receiver;
    }
    const after = new Map<JournalDraft, PayerChannelRow>();
    const last = new Map<string, PayerChannelRow>();
    for (let index = entries.length - 1; index >= 0; index--) {
      const draft = entries[index];
      if (draft.type !== "payment") continue;
      const { channelId, amount, outcome } = draft;
      const figures = last.get(channelId) ?? factsOf(channelId).payer;
      if (figures === null) continue;
      after.set(draft, figures);
      if (outcome === "refused") continue;
      const { spent, forfeit } = figures;
      last.set(channelId, {
        ...figures,
        spent: outcome === "fulfilled" ? spent - amount : spent,
        forfeit: outcome === "forfeit" ? forfeit - amount : forfeit,
      });
    }
    return after;
  }

  function channelFields(
    facts: ChannelFacts,
    channelId: string,
    payer: PayerChannelRow | null,
  ): Pick<Fields, "channelId" | "balanceUnits" | "data"> {
    return {
      channelId: isOnChain(channelId) ? facts.name : null,
      balanceUnits: balanceOf(facts.row, payer),
      data: channelData(channelId, facts.row, payer, facts.receiver),
    };
  }

  function fieldsOf(draft: JournalDraft, after: PayerChannelRow | null): Fields[] {
    switch (draft.type) {
      case "payment": {
        const { obligation, about, amount, nonce, outcome } = draft;
        const shown = channelFields(factsOf(draft.channelId), draft.channelId, after);
        return [{
          type: "payment",
          jobId: about?.jobId ?? null,
          eventId: eventOf(obligation),
          kind: about?.kind ?? null,
          bytes: about?.bytes ?? null,
          amountUnits: amount,
          outcome,
          ...shown,
          data: { ...shown.data, obligation, packet_nonce: nonce },
        }];
      }
      case "earning": {
        const { obligation, amount, nonce, outcome } = draft;
        const facts = factsOf(draft.channelId);
        const eventId = eventOf(obligation);
        const job = eventId === null ? null : db.get(
          "SELECT job_id, kind FROM jobs WHERE event_id = ? AND role = 'provider'",
          eventId,
        );
        const shown = channelFields(facts, draft.channelId, facts.payer);
        return [{
          type: "earning",
          jobId: (job?.job_id ?? null) as string | null,
          eventId,
          kind: (job?.kind ?? null) as number | null,
          bytes: null,
          amountUnits: amount,
          outcome,
          ...shown,
          balanceUnits: null,
          data: { ...shown.data, obligation, packet_nonce: nonce },
        }];
      }
      case "channel":
        return channelEntries(draft.row, draft.before);
      case "job":
        return [jobFields(draft.row, draft.outcome)];
      case "noted":
        return [{ ...NOTHING, ...draft.entry }];
    }
  }

  function channelEntries(row: Columns, before: Columns | null): Fields[] {
    const id = row.channel_id as string | null;
    const facts = id === null
      ? { name: `ch_${(row.ref as string).slice(2, 10)}`, row, payer: null, receiver: null }
      : { ...factsOf(id), row };
    const transaction = db.get(
      "SELECT hash FROM transactions WHERE channel_ref = ? ORDER BY created_at_ms DESC, nonce DESC LIMIT 1",
      row.ref,
    );
    const data: JournalData = {
      ...channelData(id, row, facts.payer, facts.receiver),
      status_before: (before?.status ?? null) as string | null,
      deposit_before_units: (before?.deposit_units ?? null) as string | null,
      tx_hash: (transaction?.hash ?? null) as string | null,
    };
    const changed = CHANNEL_STATUS_WORDS.filter(([column]) => row[column] !== before?.[column]);
    // A new status tells the rest; what changed under the same one is told by its own word.
    const told = changed.some(([column]) => column === "status") ? changed.slice(0, 1) : changed;
    return told.map(([column, outcome]) => ({
      ...NOTHING,
      type: "channel" as const,
      channelId: facts.name,
      amountUnits: amountOf(column, row, before),
      balanceUnits: balanceOf(row, facts.payer),
      outcome: outcome ?? row.status as string,
      data,
    }));
  }

  function insert(fields: Fields): void {
    const line = {
      ...fields,
      seq: tip.seq + 1,
      atMs: Math.max(clock(), tip.atMs),
      prev: tip.hash,
    };
    const hash = entryHash(line);
    db.run(
      `INSERT INTO journal (seq, at_ms, type, job_id, channel_id, event_id, kind, bytes, amount_units, balance_units,
         outcome, prev, hash, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      line.seq,
      line.atMs,
      line.type,
      line.jobId,
      line.channelId,
      line.eventId,
      line.kind,
      line.bytes,
      line.amountUnits === null ? null : String(line.amountUnits),
      line.balanceUnits === null ? null : String(line.balanceUnits),
      line.outcome,
      line.prev,
      hash,
      JSON.stringify(line.data),
    );
    tip = { seq: line.seq, hash, atMs: line.atMs };
  }

  return {
    get tip() {
      return tip;
    },
    write(drafts) {
      const after = settle(drafts);
      for (const draft of drafts.entries) {
        for (const fields of fieldsOf(draft, after.get(draft) ?? null)) insert(fields);
      }
      return drafts.entries.length > 0;
    },
    rewind(to) {
      tip = to;
      channels.clear();
    },
  };
}

const NOTHING = {
  jobId: null,
  channelId: null,
  eventId: null,
  kind: null,
  bytes: null,
  amountUnits: null,
  balanceUnits: null,
} as const;

function jobFields(row: Columns, outcome: string): Fields {
  const amount = row.amount_units as string;
  return {
    ...NOTHING,
    type: "job",
    jobId: row.job_id as string,
    eventId: row.event_id as string,
    kind: row.kind as number,
    amountUnits: BigInt(amount),
    outcome,
    data: {
      job_id: row.job_id as string,
      event_id: row.event_id as string,
      kind: row.kind as number,
      type: row.type as string,
      role: row.role as string,
      status: row.status as string,
      buyer: row.buyer as string,
      provider: row.provider as string | null,
      callback_skill: row.callback_skill as string | null,
      created_at: new Date(row.created_at_ms as number).toISOString(),
      timeout_s: row.timeout_s as number,
      chain: null,
      amount_units: amount,
    },
  };
}

function amountOf(column: string, row: Columns, before: Columns | null): bigint | null {
  const rising = column === "claimed_units" ? "claimed_units" : "deposit_units";
  const by = BigInt(row[rising] as string) - BigInt((before?.[rising] ?? "0") as string);
  return column === "halted" || by === 0n ? null : by;
}

function balanceOf(row: Columns | null, payer: PayerChannelRow | null): bigint | null {
  if (row === null) return null;
  return BigInt(row.deposit_units as string) - (payer?.spent ?? 0n) - (payer?.forfeit ?? 0n);
}

/** The event of `write:<id>` or `job:<id>`. */
function eventOf(obligation: string | null): string | null {
  return /^(?:write|job):([0-9a-f]{64})$/.exec(obligation ?? "")?.[1] ?? null;
}

function readBase(db: Database): JournalTip | null {
  const row = db.get("SELECT seq, hash, at_ms FROM journal_base");
  return row && tipOf(row);
}

function readTip(db: Database): JournalTip | null {
  const row = db.get("SELECT seq, hash, at_ms FROM journal ORDER BY seq DESC LIMIT 1");
  return row && tipOf(row);
}

function tipOf(row: Columns): JournalTip {
  return { seq: row.seq as number, hash: row.hash as string, atMs: row.at_ms as number };
}
