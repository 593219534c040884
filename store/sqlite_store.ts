/**
 * The store on SQLite: `state.db` in one folder, with one writing process and any number of reading ones. Opening takes the folder's lock
 * and migrates the file to this version. From then on, every resolved `commit` is on the disk. For queues and their limits, see
 * group_commit.ts and waiters.ts.
 *
 * @module
 */
import { bringUp } from "./bring_up.ts";
import { systemTimers } from "../base/timers.ts";
import { jobLogTopic } from "./job_logs.ts";
import { waitForCallbacks } from "./callback_wait.ts";
import { damaged, type Database, endedCleanly, openDatabase } from "./database.ts";
import { createGroupCommit } from "./group_commit.ts";
import { INVOICES_TOPIC } from "./invoices.ts";
import { openJournal } from "./journal.ts";
import { acquireLock, type FolderLock } from "./lock.ts";
import { createRetention } from "./retention.ts";
import { startProblem } from "./start_check.ts";
import { createQueries } from "./queries.ts";
import type { OpenStore } from "./store.ts";
import type { JobRow } from "./job_row.ts";
import { type Question, readTogether } from "./read_together.ts";
import { whole } from "./checks.ts";
import { StoreError } from "./store_error.ts";
import { createWaiters } from "./waiters.ts";
import { watchWriter } from "./watch_writer.ts";

const DAY_MS = 86_400_000;

/** Options of {@link openSqliteStore}. */
interface SqliteStoreOptions {
  /** The folder. It is created with mode 0700 if missing; its files have mode 0600. Nothing outside it is touched. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Removes rows that have been finished for more than this number of days, a few at a time while the store is open; by default never. */
  readonly keepDays?: number;
  /** Reads while a writer may be running, and takes no lock. `commit` is refused; waiting reads see the writer's commits. */
  readonly readOnly?: boolean;
  /** Keeps a journal from now on (homes do). A file that has a journal continues it in any case. */
  readonly journal?: boolean;
  /** The writer's network, which the journal's entries name. */
  readonly network?: string;
  /** How long to wait for another writer; default 10 s. */
  readonly lockWaitMs?: number;
  /** Stops waiting for the lock. */
  readonly signal?: AbortSignal;
}

/**
 * Opens the store.
 *
 * @throws StoreError `locked` if another process writes there, `corrupt` if the file is damaged, `version` if it is newer than this program
 * (or, for a reader, missing, or older while the older program uses it), `io` if the folder or the disk fails
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSqliteStore } from "./sqlite_store.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const store = await openSqliteStore({ folder, clock: () => 0 });
 * await store.commit([{ op: "setCursor", name: "relay", value: "1700000000" }]);
 * assert.equal(await store.cursor("relay"), "1700000000");
 * await store.close();
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<OpenStore> {
  const { folder, clock, readOnly = false } = options;
  if (readOnly) {
    await bringUp(folder, () => openSqliteStore({ folder, clock, lockWaitMs: 0 }));
    return serveConnection(openDatabase(folder, { readOnly }), options, null);
  }
  await prepareFolder(folder);
  const lock = await acquireLock({
    path: `${folder}/state.lock`,
    waitMs: options.lockWaitMs ?? 10_000,
    clock,
    pid: Deno.pid,
    signal: options.signal,
  });
  try {
    const cleanly = endedCleanly(folder);
    const db = openDatabase(folder, { readOnly });
    try {
      const problem = startProblem(db, cleanly);
      if (problem !== null) {
        throw damaged(`${folder}/state.db`, `${problem.where}: ${problem.what}`);
      }
      return serveConnection(db, options, lock);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await Deno.chmod(folder, 0o700);
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof Deno.errors.NotCapable) throw cause;
    throw new StoreError("io", `Cannot use ${folder} as a state folder: ${cause.message}`, {
      cause,
    });
  }
}

function serveConnection(
  db: Database,
  { folder, clock, journal: wanted = false, network, keepDays }: SqliteStoreOptions,
  lock: FolderLock | null,
): OpenStore {
  const queries = createQueries(db);
  const journal = lock === null ? null : openJournal(db, clock, wanted, network ?? null);
  const watch = lock === null ? watchWriter(folder, () => waiters.wake(null)) : null;
  const waiters = createWaiters(() => watch?.start());
  const group = createGroupCommit(db, clock, journal, (touched) => waiters.wake(touched));
  const retention = createRetention(db, group, { ...systemTimers, now: clock });
  const keepMs = lock === null || keepDays === undefined ? null : keepDays * DAY_MS;
  if (keepMs !== null) retention.start(keepMs);
  let closing: Promise<void> | null = null;

  function open(): void {
    if (closing !== null) throw new StoreError("closed", "the store is closed");
  }

  async function shut(): Promise<void> {
    if (keepMs !== null) await retention.stop(keepMs);
    await group.close();
    waiters.fail(new StoreError("closed", "the store was closed while waiting"));
    watch?.stop();
    if (lock !== null) tidy(db);
    db.close();
    lock?.release();
  }

  const reads: Partial<Record<string, unknown>> = {};
  const {
    outboxAfter,
    outboxOfJob,
    runnable,
    callbacksDue: _callbacksDue,
    callbackDueAt: _callbackDueAt,
    kindsOf,
    logOf,
    job,
    runningSequences,
    sequenceState,
    entriesAfter,
    invoicesOpen,
    ...plain
  } = queries;
  for (const [name, read] of Object.entries(plain)) {
    reads[name] = async (...args: unknown[]) => {
      open();
      try {
        return await (read as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        // An amount is no number. SQLite has no checksums for its pages, so it may read a flipped bit.
        if (!(error instanceof SyntaxError)) throw error;
        throw damaged(`${folder}/state.db`, "a stored value is malformed", error);
      }
    };
  }
  const together = readTogether(db, reads);
  reads.readTogether = async (...asked: readonly Question[]) => {
    open();
    return await together(asked);
  };
  return {
    ...reads as unknown as Omit<OpenStore, "commit" | "close">,
    // deno-lint-ignore require-await
    async commit(changes) {
      open();
      if (lock === null) {
        throw new StoreError("locked", "the store is open for reading only");
      }
      return group.commit(changes);
    },
    async pendingOutbox(afterOutboxId, limit, waitMs) {
      open();
      const ask = () => outboxAfter(afterOutboxId, limit);
      return await waiters.until("outbox", waitMs, ask) ?? [];
    },
    async pendingOfJob(jobId, known, waitMs) {
      open();
      const ask = () => {
        const rows = outboxOfJob(jobId);
        const ids = new Set(rows.map(({ outboxId }) => outboxId));
        return known.length > 0 && known.every((id) => ids.has(id)) ? null : rows;
      };
      const changed = await waiters.until(`booked:${jobId}`, waitMs, ask);
      if (changed !== null) return changed;
      open();
      return outboxOfJob(jobId);
    },
    async journalAfter(seq, limit, waitMs) {
      open();
      const ask = () => entriesAfter(seq, limit);
      return await waiters.until("journal", waitMs, ask) ?? [];
    },
    async runnableJobs(except, limit, waitMs, kinds) {
      open();
      const ask = () => runnable(except, limit, kinds);
      return await waiters.until("runnable", waitMs, ask) ?? [];
    },
    async openInvoices(role, except, waitMs) {
      open();
      return await waiters.until(INVOICES_TOPIC, waitMs, () => invoicesOpen(role, except)) ?? [];
    },
    async waitingCallbacks(except, dueByMs, limit, waitMs) {
      return await waitForCallbacks(queries, waiters, open, { except, dueByMs, limit, waitMs });
    },
    async openKinds(role, known, waitMs) {
      open();
      const ask = () => {
        const kinds = kindsOf(role);
        return kinds.some((kind) => !known.includes(kind)) ? kinds : null;
      };
      return await waiters.until("kinds", waitMs, ask) ?? kindsOf(role);
    },
    async watchJob(jobId, role, sinceMs, waitMs) {
      open();
      const ask = (): JobRow | null => {
        const row = job(jobId, role);
        return row !== null && row.updatedAtMs > sinceMs ? row : null;
      };
      const changed = await waiters.until(`job:${jobId}`, waitMs, ask);
      if (changed !== null) return changed;
      open();
      return job(jobId, role);
    },
    async jobLog(jobId, role, offset, waitMs) {
      open();
      const ask = () => {
        const log = logOf(jobId, role, offset);
        return log.pieces.length > 0 || log.ended ? log : null;
      };
      const log = await waiters.until(jobLogTopic(jobId), waitMs, ask);
      if (log !== null) return log;
      open();
      return logOf(jobId, role, offset);
    },
    async runningSequences(network, except, limit, waitMs) {
      open();
      const ask = () => runningSequences(network, except, limit);
      return await waiters.until("sequences", waitMs, ask) ?? [];
    },
    async watchSequence(sequenceId, sinceMs, waitMs) {
      open();
      const ask = () => {
        const state = sequenceState(sequenceId);
        return state !== null && state.sequence.updatedAtMs > sinceMs ? state : null;
      };
      const changed = await waiters.until(`sequence:${sequenceId}`, waitMs, ask);
      if (changed !== null) return changed;
      open();
      return sequenceState(sequenceId);
    },
    async removeOld(beforeMs, forMs) {
      open();
      if (lock === null) throw new StoreError("locked", "the store is open for reading only");
      const enough = new AbortController();
      if (forMs === 0) enough.abort();
      const timer = forMs && setTimeout(() => enough.abort(), forMs);
      try {
        return await retention.sweep(whole("beforeMs", beforeMs), nextTurn, enough.signal);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => closing ??= shut(),
  };
}

/** Releases a limited number of free pages, and moves the write-ahead log into the file. A failure only costs disk space. */
function tidy(db: Database): void {
  try {
    db.all("PRAGMA incremental_vacuum(1000)");
    db.get("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // The next opening does it.
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
