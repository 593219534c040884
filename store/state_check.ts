/**
 * Checks everything of a `state.db` that can be checked offline: pages and indexes, the journal's hash chain, checkpoints, sums and the
 * rules of money. It reads one snapshot, so a daemon can write at the same time.
 *
 * @module
 */
import { CHECKPOINTS } from "./checkpoint_table.ts";
import { type Database, openDatabase } from "./database.ts";
import { checkpointProblem, journalBase, type StateProblem, walkJournal } from "./journal_check.ts";
import type { CheckpointRow } from "./journal_row.ts";
import { channelProblems, obligationProblems, sumProblems } from "./money_check.ts";
import { StoreError } from "./store_error.ts";

const PAGE = 2_000;
const MAX_PROBLEMS = 20;

/** Options of {@link checkState}. */
interface StateCheckOptions {
  /** The folder of `state.db`. */
  readonly folder: string;
  /** Whether a checkpoint's signature is valid for its key. Without it, signatures are not checked. */
  readonly verify?: (checkpoint: CheckpointRow) => Promise<boolean>;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/** What was checked, and what is wrong. */
export interface StateCheck {
  readonly ok: boolean;
  readonly journal: {
    /** Number of entries whose hash was computed again. */
    readonly entries: number;
    /** The numbers of the first and the last of them; 0 if there are none. */
    readonly firstSeq: number;
    readonly lastSeq: number;
  };
  readonly checkpoints: number;
  /** Public keys of the signers. A person should look into more than one. */
  readonly signers: readonly string[];
  readonly channels: number;
  readonly packets: number;
  readonly jobs: number;
  /** At most 20. */
  readonly problems: readonly StateProblem[];
}

/**
 * Checks everything. A file that cannot be opened or read is reported as a problem, not thrown.
 *
 * @throws StoreError `version` if there is no file, or an older one that no writer has opened yet
 */
export async function checkState(options: StateCheckOptions): Promise<StateCheck> {
  const found: StateProblem[] = [];
  const seen = { entries: 0, firstSeq: 0, lastSeq: 0, checkpoints: 0 };
  const counted = { packets: 0, channels: 0, jobs: 0 };
  const signers = new Set<string>();
  let db: Database | null = null;

  /** Runs one part. A damaged page ends only that part. */
  const part = async (check: StateProblem["check"], work: (db: Database) => Promise<void>) => {
    if (db === null || found.length >= MAX_PROBLEMS) return;
    try {
      await work(db);
    } catch (error) {
      if (error instanceof SyntaxError) {
        const what = `a stored value is malformed: ${error.message}`;
        found.push({ check, where: "state.db", what });
        return;
      }
      if (!(error instanceof StoreError) || error.code !== "corrupt") throw error;
      found.push({ check, where: "state.db", what: causeOf(error) });
    }
  };
  const yielded = async () => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    options.signal?.throwIfAborted();
  };

  try {
    try {
      db = openDatabase(options.folder, { readOnly: true });
      db.run("BEGIN");
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "corrupt") throw error;
      found.push({ check: "pages", where: "state.db", what: causeOf(error) });
    }
    // deno-lint-ignore require-await
    await part("pages", async (db) => {
      for (const row of db.all(`PRAGMA integrity_check(${MAX_PROBLEMS})`)) {
        const what = String(row.integrity_check);
        if (what !== "ok") found.push({ check: "pages", where: "state.db", what });
      }
    });
    const journaled = new Map<string, bigint>();
    let whole = false;
    await part("journal", async (db) => {
      let place = journalBase(db);
      if (place === null) return;
      seen.firstSeq = place.seq + 1;
      for (;;) {
        const walk = walkJournal(db, place, PAGE, journaled);
        seen.entries += walk.entries;
        place = walk.place;
        if (walk.problem !== null) found.push(walk.problem);
        whole = walk.problem === null;
        if (walk.entries < PAGE) break;
        await yielded();
      }
      seen.lastSeq = place.seq;
      if (seen.entries === 0) seen.firstSeq = 0;
    });
    await part("checkpoints", async (db) => {
      const problem = checkpointProblem(db);
      if (problem !== null) found.push(problem);
      for (let after = -1;;) {
        const rows = db.all(
          `SELECT * FROM checkpoints WHERE seq > ? ORDER BY seq LIMIT ${PAGE}`,
          after,
        ).map(CHECKPOINTS.row);
        for (const row of rows) {
          seen.checkpoints++;
          signers.add(row.pubkey);
          if (await options.verify?.(row) ?? true) continue;
          const where = `entry ${row.seq}`;
          const what = `its checkpoint's signature is not valid for the key ${row.pubkey}`;
          if (found.length < MAX_PROBLEMS) found.push({ check: "checkpoints", where, what });
        }
        if (rows.length < PAGE) break;
        after = rows[rows.length - 1].seq;
        await yielded();
      }
    });
    // deno-lint-ignore require-await
    await part("sums", async (db) => {
      if (whole) found.push(...sumProblems(db, journaled));
    });
    await part("money", async (db) => {
      counted.jobs = db.get("SELECT count(*) AS n FROM jobs")!.n as number;
      for (const problem of channelProblems(db, counted)) {
        if (problem === null) await yielded();
        else if (found.length < MAX_PROBLEMS) found.push(problem);
      }
      found.push(...obligationProblems(db));
    });
  } finally {
    (db as Database | null)?.close();
  }
  const { checkpoints, ...journal } = seen;
  const problems = found.slice(0, MAX_PROBLEMS);
  return {
    ok: found.length === 0,
    journal,
    checkpoints,
    signers: [...signers],
    ...counted,
    problems,
  };
}

function causeOf(error: StoreError): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
