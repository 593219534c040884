/**
 * Reads the journal.
 *
 * @module
 */
import { CHECKPOINTS } from "./checkpoint_table.ts";
import type { Database } from "./database.ts";
import { JOURNAL_TYPES, type JournalData, type JournalEntry } from "./journal_row.ts";
import { JOURNAL } from "./journal_tables.ts";
import { statsOf } from "./journal_stats.ts";
import type { JournalStats } from "./journal_sums.ts";
import { oneOf, text, whole } from "./checks.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import type { Store } from "./store.ts";
import { StoreError } from "./store_error.ts";
import type { JournalFilter } from "./journal_filter.ts";

const DEFAULT_ENTRIES = 100;
const MAX_ENTRIES = 10_000;
const MAX_FACTS = 4_096;
/** The columns of an entry, without its data and the facts of its channel. */
const WITHOUT_DATA = JOURNAL.names.map((name) =>
  name === "data" || name === "facts_id" ? `NULL AS ${name}` : name
).join(", ");
const NO_DATA: JournalData = {};

/** The store methods of this module. */
export interface JournalQueries
  extends Pick<Store, "journalTip" | "listJournal" | "journalStats" | "checkpoints"> {
  /** Used by journalAfter(); null if there is none. */
  entriesAfter(seq: number, limit: number): JournalEntry[] | null;
}

/** Makes the methods over one connection. */
export function createJournalQueries(db: Database): JournalQueries {
  function list(filter: JournalFilter): JournalEntry[] {
    const { where, values } = journalWhere(db, filter);
    const order = oneOf("order", ["oldest", "newest"], filter.order ?? "newest");
    return db.all(
      `SELECT ${filter.data === false ? WITHOUT_DATA : "*"} FROM journal ${where} ORDER BY seq ${
        order === "oldest" ? "ASC" : "DESC"
      } LIMIT ?`,
      ...values,
      limitOf(filter.limit ?? DEFAULT_ENTRIES),
    ).map(journalEntry);
  }

  /** Cache of channel facts that entries refer to. */
  const facts = new Map<number, JournalData>();
  function journalEntry(columns: Columns): JournalEntry {
    const id = columns.facts_id as number | null;
    if (id === null) return entryOf(columns, NO_DATA);
    let known = facts.get(id);
    if (known === undefined) {
      const row = db.get("SELECT data FROM journal_facts WHERE facts_id = ?", id);
      known = JSON.parse((row?.data ?? "{}") as string) as JournalData;
      if (facts.size >= MAX_FACTS) facts.clear();
      facts.set(id, known);
    }
    return entryOf(columns, known);
  }

  return {
    // deno-lint-ignore require-await
    async journalTip() {
      const tip = db.get("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1") ??
        db.get("SELECT seq, hash FROM journal_base WHERE seq > 0");
      return tip && { seq: tip.seq as number, hash: tip.hash as string };
    },
    // deno-lint-ignore require-await
    async listJournal(filter) {
      return list(filter);
    },
    // deno-lint-ignore require-await
    async journalStats(filter): Promise<JournalStats> {
      const { limit: _all, order: _any, ...fitting } = filter;
      const { where, values } = journalWhere(db, fitting);
      return statsOf(db, where, values);
    },
    // deno-lint-ignore require-await
    async checkpoints(afterSeq, limit) {
      return db.all(
        "SELECT * FROM checkpoints WHERE seq > ? ORDER BY seq LIMIT ?",
        whole("afterSeq", afterSeq),
        limitOf(limit),
      ).map(CHECKPOINTS.row);
    },
    entriesAfter(seq, limit) {
      const rows = db.all(
        "SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
        whole("seq", seq),
        limitOf(limit),
      );
      return rows.length === 0 ? null : rows.map(journalEntry);
    },
  };
}

function entryOf(columns: Columns, facts: JournalData): JournalEntry {
  const { factsId: _kept, data, ...line } = JOURNAL.row(columns);
  if (data === null) return { ...line, data: NO_DATA };
  return { ...line, data: { ...facts, ...JSON.parse(data) as JournalData } };
}

function limitOf(limit: number): number {
  return Math.min(whole("limit", limit), MAX_ENTRIES);
}

function journalWhere(
  db: Database,
  filter: JournalFilter,
): { where: string; values: Column[] } {
  const parts: string[] = [];
  const values: Column[] = [];
  const add = (sql: string, ...more: Column[]) => {
    parts.push(sql);
    values.push(...more);
  };
  if (filter.afterSeq !== undefined) add("seq > ?", whole("afterSeq", filter.afterSeq));
  if (filter.beforeSeq !== undefined) add("seq < ?", whole("beforeSeq", filter.beforeSeq));
  // Times never fall along the journal, so a period is a range of numbers.
  if (filter.sinceMs !== undefined) {
    add("seq >= ?", firstAt(db, whole("sinceMs", filter.sinceMs)));
  }
  if (filter.untilMs !== undefined) add("seq < ?", firstAt(db, whole("untilMs", filter.untilMs)));
  if (filter.types !== undefined) {
    for (const type of filter.types) oneOf("types", JOURNAL_TYPES, type);
    add("type IN (SELECT value FROM json_each(?))", JSON.stringify(filter.types));
  }
  if (filter.outcomes !== undefined) {
    add("outcome IN (SELECT value FROM json_each(?))", JSON.stringify(filter.outcomes));
  }
  if (filter.channel !== undefined) {
    const { name, onChainId } = channelOf(filter.channel);
    add("channel_id >= ? AND channel_id < ?", name, `${name}g`);
    if (onChainId !== null) {
      add("facts_id IN (SELECT facts_id FROM journal_facts WHERE channel = ?)", onChainId);
    }
  }
  if (filter.jobId !== undefined) {
    const jobId = text("jobId", filter.jobId);
    add("job_id >= ? AND job_id < ?", jobId, `${jobId}g`);
  }
  if (filter.provider !== undefined) {
    add(
      `job_id IN (SELECT job_id FROM journal WHERE type = 'job' AND data ->> 'provider' = ?)`,
      text("provider", filter.provider),
    );
  }
  if (filter.kind !== undefined) add("kind = ?", whole("kind", filter.kind));
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}

function channelOf(channel: string): { name: string; onChainId: string | null } {
  const given = text("channel", channel).toLowerCase();
  if (/^0x[0-9a-f]{64}$/.test(given)) {
    return { name: `ch_${given.slice(2, 10)}`, onChainId: given };
  }
  if (!/^ch_[0-9a-f]{1,64}$/.test(given)) {
    throw new StoreError("invalid", "channel must be ch_ and hex digits, or 0x and 64");
  }
  return { name: given, onChainId: null };
}

/** The number of the first entry at or after this time. */
function firstAt(db: Database, atMs: number): number {
  const ends = db.get("SELECT min(seq) AS low, max(seq) AS high FROM journal");
  let low = (ends?.low ?? 0) as number;
  let high = (ends?.high ?? -1) as number + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const at = db.get("SELECT at_ms FROM journal WHERE seq = ?", middle)?.at_ms as number;
    if (at < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
