/**
 * What is looked at whenever the store is opened for writing, in milliseconds: the last entries of the journal and the newest
 * checkpoint over them; and the pages, where the last process did not end cleanly and the file is not large. `state check` looks at
 * everything.
 *
 * @module
 */
import { type Database, openDatabase } from "./database.ts";
import { checkpointAhead, journalBase, type StateProblem, walkJournal } from "./journal_check.ts";

/** Entries at the end whose hashes are recomputed. */
const LAST_ENTRIES = 256;
/** Pages are read through only below this size: about half a second. */
const MAX_PAGES_BYTES = 64 * 1024 * 1024;

/** The first thing that is wrong, or null. */
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

/** What `doctor` is told of a store, beside whoever writes there. */
interface StateGlance {
  /** The first thing that is wrong with the end of its journal; null when nothing is. */
  readonly problem: StateProblem | null;
  /** Of the file without its log. */
  readonly sizeBytes: number;
  /** Entries of the journal so far. */
  readonly lastSeq: number;
}

/** Looks at a store as its next writer would. Throws StoreError as opening for reading does. */
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
