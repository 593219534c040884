/**
 * The checks at each opening for writing, which take milliseconds: the last journal entries, and the newest checkpoint of them. If the last
 * process did not end properly, the pages are checked too, unless the file is large. `state check` checks everything.
 *
 * @module
 */
import { type Database, openDatabase } from "./database.ts";
import { checkpointAhead, journalBase, type StateProblem, walkJournal } from "./journal_check.ts";

/** Entries at the end whose hashes are recomputed. */
const LAST_ENTRIES = 256;
/** Pages are only checked below this size, which takes about half a second. */
const MAX_PAGES_BYTES = 64 * 1024 * 1024;

/** The first problem, or null. */
export function startProblem(db: Database, cleanly: boolean): StateProblem | null {
  return (cleanly ? null : pagesProblem(db)) ?? tipProblem(db);
}

function pagesProblem(db: Database): StateProblem | null {
  const pages = db.get("PRAGMA page_count")?.page_count as number;
  const size = db.get("PRAGMA page_size")?.page_size as number;
  if (pages * size > MAX_PAGES_BYTES) return null;
  const said = db.get("PRAGMA quick_check(1)")?.quick_check;
  return said === "ok" ? null : { check: "pages", where: "state.db", what: String(said) };
}

function tipProblem(db: Database): StateProblem | null {
  const base = journalBase(db);
  if (base === null) return null;
  const before = db.get(
    `SELECT seq, hash, at_ms FROM journal
     WHERE seq <= (SELECT max(seq) FROM journal) - ? ORDER BY seq DESC LIMIT 1`,
    LAST_ENTRIES,
  );
  const from = before === null
    ? base
    : { seq: before.seq as number, hash: before.hash as string, atMs: before.at_ms as number };
  const { place, problem } = walkJournal(db, from, LAST_ENTRIES);
  return problem ?? checkpointAhead(db, place);
}

/** What `doctor` shows of a store, while a writer may be running. */
interface StateGlance {
  /** The first problem at the end of its journal, or null. */
  readonly problem: StateProblem | null;
  /** Size of the file without its log. */
  readonly sizeBytes: number;
  /** Number of the newest journal entry. */
  readonly lastSeq: number;
}

/** Checks a store as its next writer would. Throws the same StoreErrors as opening for reading. */
export function glanceAtState(folder: string): StateGlance {
  const db = openDatabase(folder, { readOnly: true });
  try {
    return {
      problem: startProblem(db, true),
      sizeBytes: Deno.lstatSync(`${folder}/state.db`).size,
      lastSeq: (db.get("SELECT max(seq) AS last FROM journal")?.last ??
        journalBase(db)?.seq ?? 0) as number,
    };
  } finally {
    db.close();
  }
}
