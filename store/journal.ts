/**
 * The one writer of the journal. In the transaction of a commit's rows, its drafts become entries, each with one insert and one SHA-256.
 * The tip (the last entry) is kept in memory and restored if a commit is undone.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { journaledChannels } from "./journal_channel.ts";
import type { JournalDraft, JournalDrafts } from "./journal_drafts.ts";
import { entriesOf, type UnplacedEntry } from "./journal_entries.ts";
import { entryHash, NO_HASH } from "./journal_row.ts";
import { JOURNAL, JOURNAL_BASE } from "./journal_tables.ts";
import { SUMS } from "./named_tables.ts";
import type { Columns } from "../base/table/columns.ts";
import type { PayerChannelRow } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** The end of the hash chain. */
interface JournalTip {
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
}

/** The journal of one writing connection. */
export interface Journal {
  /** The last entry; seq 0 if the journal is empty. */
  readonly tip: JournalTip;
  /** Writes a commit's entries; returns whether there were any. */
  write(drafts: JournalDrafts): boolean;
  /** Restores an earlier tip after the later entries were undone. */
  rewind(tip: JournalTip): void;
}

const NAME = /^[\x21-\x7e]{1,100}$/;

/**
 * Opens the journal. The data of each new entry names its network. Returns null if this store keeps no journal. A store that has a journal
 * continues it, whether it is wanted or not.
 */
export function openJournal(
  db: Database,
  clock: () => number,
  wanted: boolean,
  network: string | null = null,
): Journal | null {
  const base = beginning(db, wanted);
  if (base === null) return null;
  const last = db.get("SELECT seq, hash, at_ms FROM journal ORDER BY seq DESC LIMIT 1");
  let tip = last === null ? base : tipOf(last);
  const channels = journaledChannels(db);

  /** The channel's figures right after each payment of the commit: the final figures without the payments that follow in the commit. */
  function figuresAfter(entries: readonly JournalDraft[]): Map<JournalDraft, PayerChannelRow> {
    const after = new Map<JournalDraft, PayerChannelRow>();
    const last = new Map<string, PayerChannelRow>();
    for (let index = entries.length - 1; index >= 0; index--) {
      const draft = entries[index];
      if (draft.type !== "payment") continue;
      const { channelId, amount, outcome } = draft;
      const figures = last.get(channelId) ?? channels.of(channelId).payer;
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

  function append(entry: UnplacedEntry): void {
    // An id that SQLite or a log could return as other bytes could never be checked against the hash.
    for (const name of [entry.jobId, entry.channelId]) {
      if (name !== null && !NAME.test(name)) {
        throw new StoreError("invalid", "a journaled id must be printable ASCII, 100 at most");
      }
    }
    const line = {
      ...entry,
      seq: tip.seq + 1,
      atMs: Math.max(clock(), tip.atMs),
      prev: tip.hash,
    };
    const hash = entryHash(line);
    const data = labelled(line.data, network);
    db.run(JOURNAL.insert, ...JOURNAL.values({ ...line, hash, data }));
    tip = { seq: line.seq, hash, atMs: line.atMs };
  }

  return {
    get tip() {
      return tip;
    },
    write(drafts) {
      const { entries } = drafts;
      for (const id of drafts.channels) channels.forget(id);
      channels.moved(drafts.payers, drafts.receivers);
      const after = figuresAfter(entries);
      for (const draft of entries) {
        const made = entriesOf(db, channels, draft, after.get(draft) ?? null);
        for (const entry of made) append(entry);
      }
      return entries.length > 0;
    },
    rewind(to) {
      tip = to;
      channels.forgetAll();
    },
  };
}

/** The data of an entry with the name of its network. The hash does not cover it. */
function labelled(data: string, network: string | null): string {
  if (network === null) return data;
  const label = `{"network":${JSON.stringify(network)}`;
  return data === "{}" ? `${label}}` : `${label},${data.slice(1)}`;
}

/** Begins the journal. Its base keeps the sums of everything earlier, so that sums and entries can be compared. */
function beginning(db: Database, wanted: boolean): JournalTip | null {
  const base = db.get("SELECT seq, hash, at_ms FROM journal_base");
  if (base !== null) return tipOf(base);
  if (!wanted) return null;
  const sum = (name: string): bigint => {
    const row = db.get("SELECT * FROM sums WHERE name = ?", name);
    return row === null ? 0n : SUMS.row(row).value;
  };
  const before = { spent: sum("spent"), earned: sum("earned") };
  const values = JOURNAL_BASE.values({ only: 0, seq: 0, hash: NO_HASH, atMs: 0, ...before });
  db.run(JOURNAL_BASE.insert, ...values);
  return { seq: 0, hash: NO_HASH, atMs: 0 };
}

function tipOf(row: Columns): JournalTip {
  return { seq: row.seq as number, hash: row.hash as string, atMs: row.at_ms as number };
}
