/**
 * Removes old rows, so that the store does not grow without limit: a few at a time between other commits. Then it returns the free pages to
 * the file system. A daemon does this once a day; a process that opens the store for a short time does a little of it at the end.
 *
 * @module
 */
import type { Timers } from "../base/timers.ts";
import { type Database, openDatabase } from "./database.ts";
import type { GroupCommit } from "./group_commit.ts";
import { OLD_ROWS, type OldRows, type Position } from "./old_rows.ts";
import type { Swept } from "./swept.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A daemon's first sweep waits until its start is over. */
const FIRST_MS = 60_000;
/** Rows that are read, and at most removed, at once: about two milliseconds. */
const PIECE = 200;
const PIECE_PAGES = 256;
/** A daemon's pause between two pieces. */
const PAUSE_MS = 20;
/** The most time that a closing store spends on it. */
const AT_CLOSE_MS = 100;
const CURSOR = "retention";

/** Numbers of rows by name. */
type RowCounts = Readonly<Record<OldRows["name"], number>>;

/** A store's housekeeping. */
interface Retention {
  /** Removes rows that are older than `beforeMs`, until none is left or `signal` aborts. It calls `pause` between pieces. */
  sweep(beforeMs: number, pause: () => Promise<void>, signal?: AbortSignal): Promise<Swept>;
  /** Checks every hour whether a day has passed. */
  start(keepMs: number): void;
  /** Ends that, and runs a due sweep while the store is still open. */
  stop(keepMs: number): Promise<void>;
}

/** Makes it over the one writing connection. */
export function createRetention(
  db: Database,
  group: GroupCommit,
  timers: Timers,
): Retention {
  const ended = new AbortController();
  let cancel = () => {};
  let running: Promise<unknown> = Promise.resolve();

  async function sweep(
    beforeMs: number,
    pause: () => Promise<void>,
    signal?: AbortSignal,
  ): Promise<Swept> {
    const removed = noCounts();
    for (const table of OLD_ROWS) {
      for (let position: Position = null;;) {
        if (signal?.aborted) return { removed, pages: 0, done: false };
        const { rows, next } = table.find(db, beforeMs, position, PIECE);
        if (rows.length > 0) {
          await group.work((context) => removed[table.name] += table.remove(context, rows));
        }
        if (next === null) break;
        position = next;
        await pause();
      }
    }
    let pages = 0;
    for (;;) {
      const free = db.get("PRAGMA freelist_count")?.freelist_count as number;
      if (free === 0 || signal?.aborted) break;
      db.all(`PRAGMA incremental_vacuum(${PIECE_PAGES})`);
      const left = db.get("PRAGMA freelist_count")?.freelist_count as number;
      if (left >= free) break;
      pages += free - left;
      await pause();
    }
    return { removed, pages, done: true };
  }

  /**
   * Removes what was already old a day ago. So a clock that jumps ahead does not remove anything at once: before the new time takes effect,
   * a peer that missed an answer has asked for it again.
   */
  async function sweepIfDue(
    keepMs: number,
    pause: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const nowMs = timers.now();
    const mark = readMark(db);
    // A mark from the future was written before the clock was set back.
    const due = mark !== null && mark.atMs <= nowMs + HOUR_MS;
    if (due) {
      if (nowMs - mark.atMs < DAY_MS) return;
      if (!(await sweep(Math.min(mark.beforeMs, nowMs - keepMs), pause, signal)).done) return;
    }
    const value = `${nowMs}:${Math.max(0, nowMs - keepMs)}`;
    await group.commit([{ op: "setCursor", name: CURSOR, value }]);
  }

  function schedule(keepMs: number, afterMs: number): void {
    cancel = timers.after(afterMs, () => {
      running = sweepIfDue(keepMs, pauseOf(PAUSE_MS), ended.signal)
        // The error that stops a sweep stops commits too, and they report it.
        .catch(() => undefined)
        .then(() => ended.signal.aborted || schedule(keepMs, HOUR_MS));
    });
  }

  return {
    sweep,
    start: (keepMs) => schedule(keepMs, FIRST_MS),
    async stop(keepMs) {
      cancel();
      ended.abort();
      await running;
      const enough = new AbortController();
      const deadline = setTimeout(() => enough.abort(), AT_CLOSE_MS);
      await sweepIfDue(keepMs, pauseOf(0), enough.signal).catch(() => undefined);
      clearTimeout(deadline);
    },
  };
}

/** When old rows were last noted, and the limit then: rows older than `beforeMs`. */
function readMark(db: Database): { readonly atMs: number; readonly beforeMs: number } | null {
  const value = db.get("SELECT value FROM cursors WHERE name = ?", CURSOR)?.value;
  const found = /^(\d{1,16}):(\d{1,16})$/.exec(String(value));
  return found === null ? null : { atMs: Number(found[1]), beforeMs: Number(found[2]) };
}

/** How many rows {@link Retention.sweep} would remove. */
async function countOldRows(
  db: Database,
  beforeMs: number,
  signal?: AbortSignal,
): Promise<RowCounts> {
  const found = noCounts();
  for (const table of OLD_ROWS) {
    for (let position: Position = null;;) {
      const { rows, next } = table.find(db, beforeMs, position, PIECE);
      found[table.name] += rows.length;
      if (next === null) break;
      position = next;
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    }
  }
  return found;
}

/** The same for a folder, while a writer may be running. Throws the same StoreErrors as opening for reading. */
export async function countOldRowsIn(
  folder: string,
  beforeMs: number,
  signal?: AbortSignal,
): Promise<RowCounts> {
  const db = openDatabase(folder, { readOnly: true });
  try {
    return await countOldRows(db, beforeMs, signal);
  } finally {
    db.close();
  }
}

function noCounts(): Record<OldRows["name"], number> {
  return Object.fromEntries(OLD_ROWS.map(({ name }) => [name, 0])) as Record<
    OldRows["name"],
    number
  >;
}

function pauseOf(ms: number): () => Promise<void> {
  return () => new Promise((resolve) => setTimeout(resolve, ms));
}
