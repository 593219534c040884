/**
 * Whether the journal is one chain: each entry in its place, with the hash of the one before and its own.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { entryHash, JOURNAL_TYPES } from "./journal_row.ts";
import { JOURNAL } from "./journal_tables.ts";
import type { Columns } from "./columns.ts";

/** Something that is not as it must be. */
export interface StateProblem {
  /** What was looked at: `pages`, `journal`, `checkpoints`, `sums`, `money`. */
  readonly check: "pages" | "journal" | "checkpoints" | "sums" | "money";
  /** Where: `entry 4711`, `channel 0x...`. */
  readonly where: string;
  /** What is wrong with it. */
  readonly what: string;
}

/** Where a walk stands: the last entry that was found right. */
interface JournalPlace {
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
}

const SUM_OF: Readonly<Record<string, string>> = { payment: "spent", earning: "earned" };

/** Where the chain begins; null where this file keeps no journal. */
export function journalBase(db: Database): JournalPlace | null {
  const row = db.get("SELECT seq, hash, at_ms FROM journal_base");
  return row && { seq: row.seq as number, hash: row.hash as string, atMs: row.at_ms as number };
}

/**
 * Walks on from a place, over at most `limit` entries. Gives the new place and how many there were; the first entry that is wrong
 * ends the walk, because nothing after it is held by the chain. Adds what was `spent` and `earned` to the sums.
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
    return `it is missing: the next one there is ${row.seq}`;
  }
  if (row.prev !== before.hash) {
    return `it follows an entry with hash ${row.prev}, and the one before has ${before.hash}`;
  }
  if ((row.at_ms as number) < before.atMs) return "its time is before that of the one before";
  if (!(JOURNAL_TYPES as readonly unknown[]).includes(row.type)) {
    return `its type is ${String(row.type).slice(0, 40)}`;
  }
  let hash: string;
  try {
    hash = entryHash(JOURNAL.row(row));
  } catch {
    return "its amounts or its time are none";
  }
  return hash === row.hash ? null : `its hash is ${row.hash}, and its line has ${hash}`;
}

/** What is wrong between checkpoints and entries; signatures are looked at elsewhere. */
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
      ? "a checkpoint was signed over it, and it is not there: the journal was cut off"
      : "a checkpoint was signed over another hash",
  };
}

/** What is wrong with the newest checkpoint, where the journal ends at `tip`. */
export function checkpointAhead(db: Database, tip: JournalPlace): StateProblem | null {
  const newest = db.get("SELECT seq, hash FROM checkpoints ORDER BY seq DESC LIMIT 1");
  if (newest === null) return null;
  const where = `entry ${newest.seq}`;
  if ((newest.seq as number) > tip.seq) {
    const what = "a checkpoint was signed over it, and it is not there: the journal was cut off";
    return { check: "checkpoints", where, what };
  }
  const entry = db.get("SELECT hash FROM journal WHERE seq = ?", newest.seq);
  if (entry === null || entry.hash === newest.hash) return null;
  return { check: "checkpoints", where, what: "a checkpoint was signed over another hash" };
}
