/**
 * Checks that the journal is one hash chain: each entry is in its place, with its own hash and that of the entry before.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { entryHash, JOURNAL_TYPES } from "./journal_row.ts";
import { JOURNAL } from "./journal_tables.ts";
import type { Columns } from "../base/table/columns.ts";

/** A problem in the state. */
export interface StateProblem {
  /** The check that found it: `pages`, `journal`, `checkpoints`, `sums`, `money`. */
  readonly check: "pages" | "journal" | "checkpoints" | "sums" | "money";
  /** Where: `entry 4711`, `channel 0x...`. */
  readonly where: string;
  /** What is wrong. */
  readonly what: string;
}

/** The last entry that the walk has found correct. */
interface JournalPlace {
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
}

const SUM_OF: Readonly<Record<string, string>> = { payment: "spent", earning: "earned" };

/** The entry before the first one; null if this file keeps no journal. */
export function journalBase(db: Database): JournalPlace | null {
  const row = db.get("SELECT seq, hash, at_ms FROM journal_base");
  return row && { seq: row.seq as number, hash: row.hash as string, atMs: row.at_ms as number };
}

/**
 * Walks on from a place over at most `limit` entries. Returns the new place and the number of entries. The first wrong entry ends the walk,
 * because the chain does not prove anything after it. Adds what was `spent` and `earned` to the sums.
 */
export function walkJournal(
  db: Database,
  from: JournalPlace,
  limit: number,
  sums?: Map<string, bigint>,
): {
  readonly place: JournalPlace;
  readonly entries: number;
  readonly problem: StateProblem | null;
} {
  let place = from;
  let entries = 0;
  const rows = db.all(
    `SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`,
    from.seq,
    limit,
  );
  for (const row of rows) {
    const what = wrongWith(row, place);
    if (what !== null) {
      const where = `entry ${place.seq + 1}`;
      return { place, entries, problem: { check: "journal", where, what } };
    }
    place = { seq: row.seq as number, hash: row.hash as string, atMs: row.at_ms as number };
    entries++;
    const sum = row.outcome !== "fulfilled" ? undefined : SUM_OF[row.type as string];
    if (sum !== undefined) {
      sums?.set(sum, (sums.get(sum) ?? 0n) + BigInt(row.amount_units as string));
    }
  }
  return { place, entries, problem: null };
}

function wrongWith(row: Columns, before: JournalPlace): string | null {
  if (row.seq !== before.seq + 1) {
    return `it is missing: the next entry is ${row.seq}`;
  }
  if (row.prev !== before.hash) {
    return `its prev is ${row.prev}, but the entry before has the hash ${before.hash}`;
  }
  if ((row.at_ms as number) < before.atMs) {
    return "its time is earlier than that of the entry before";
  }
  if (!(JOURNAL_TYPES as readonly unknown[]).includes(row.type)) {
    return `its type is ${String(row.type).slice(0, 40)}`;
  }
  let hash: string;
  try {
    hash = entryHash(JOURNAL.row(row));
  } catch {
    return "its amounts or its time are malformed";
  }
  return hash === row.hash ? null : `its hash is ${row.hash}, but its line hashes to ${hash}`;
}

/** The first mismatch between checkpoints and entries. Signatures are checked elsewhere. */
export function checkpointProblem(db: Database): StateProblem | null {
  const base = journalBase(db);
  const wrong = db.get(
    `SELECT checkpoints.seq AS seq, journal.hash AS found FROM checkpoints
     LEFT JOIN journal ON journal.seq = checkpoints.seq
     WHERE checkpoints.seq > ? AND checkpoints.hash IS NOT journal.hash ORDER BY checkpoints.seq LIMIT 1`,
    base?.seq ?? 0,
  );
  if (wrong === null) return null;
  return {
    check: "checkpoints",
    where: `entry ${wrong.seq}`,
    what: wrong.found === null
      ? "a checkpoint was signed over it, but it is missing: the journal was cut off"
      : "a checkpoint was signed over another hash",
  };
}

/** The problem with the newest checkpoint if the journal ends at `tip`. */
export function checkpointAhead(db: Database, tip: JournalPlace): StateProblem | null {
  const newest = db.get("SELECT seq, hash FROM checkpoints ORDER BY seq DESC LIMIT 1");
  if (newest === null) return null;
  const where = `entry ${newest.seq}`;
  if ((newest.seq as number) > tip.seq) {
    const what = "a checkpoint was signed over it, but it is missing: the journal was cut off";
    return { check: "checkpoints", where, what };
  }
  const entry = db.get("SELECT hash FROM journal WHERE seq = ?", newest.seq);
  if (entry === null || entry.hash === newest.hash) return null;
  return { check: "checkpoints", where, what: "a checkpoint was signed over another hash" };
}
