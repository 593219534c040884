/**
 * The one writer of the journal. A commit's drafts become entries in the same transaction as their rows: one insert and one
 * SHA-256 each. The tip is kept in memory; what a commit that is undone added to it is forgotten.
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
import type { Columns } from "./columns.ts";
import type { PayerChannelRow } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** The end of the chain. */
interface JournalTip {
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

const NAME = /^[\x21-\x7e]{1,100}$/;

/**
 * Takes the journal up; each entry from now on says in its data on which network it was written. Null
 * where this store keeps none. One that was begun goes on, whoever opens the file.
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

  /** Gives each payment the figures that stood right after it: the commit's own, less what later ones of it did. */
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
    // What SQLite or a log would give back as other bytes than were hashed could never be checked again.
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

/** Data of an entry with the name of its network, which is not under the hash. */
function labelled(data: string, network: string | null): string {
  if (network === null) return data;
  const label = `{"network":${JSON.stringify(network)}`;
  return data === "{}" ? `${label}}` : `${label},${data.slice(1)}`;
}

/** Where the chain begins. Sums of what was before it are kept, so that sums and entries can be compared. */
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
