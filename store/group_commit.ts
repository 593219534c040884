/**
 * Group commit: one transaction for many callers. setImmediate flushes the commits that arrived in one turn of the event loop together.
 * All resolve after the COMMIT, which syncs the disk. If one of them is refused, the transaction is undone and done again with a savepoint
 * for each, so that the refused one is undone alone.
 *
 * At most 8,192 commits or 64 MiB of them wait. One more is refused with `full` and not queued, because waiting would only move the queue
 * into promises that nobody counts. One flush takes at most 1,024 commits. After an `io` or `corrupt` failure the store accepts nothing
 * more, because only opening it again shows what is on the disk.
 *
 * @module
 */
import { commitReached } from "./commit_points.ts";
import { writeBudgets } from "./budgets.ts";
import { type ChangeContext, writeSums } from "./change_context.ts";
import { applyChange } from "./changes.ts";
import type { Database } from "./database.ts";
import type { Journal } from "./journal.ts";
import { noDrafts } from "./journal_drafts.ts";
import type { Change } from "./store.ts";
import { StoreError } from "./store_error.ts";

const MAX_WAITING = 8_192;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_PER_FLUSH = 1_024;
/** The most changes in one commit. A stage's batch has at most 256 items. */
const MAX_CHANGES = 4_096;

/** The queue in front of the one writer. */
export interface GroupCommit {
  /** See Store. */
  commit(changes: readonly Change[]): Promise<void>;
  /** Queues the store's own work, which is no change that a caller may ask for. */
  work(apply: (context: ChangeContext) => void): Promise<void>;
  /** Flushes all waiting commits; later ones are refused as `closed`. */
  close(): Promise<void>;
}

interface Waiting {
  readonly changes: readonly Change[];
  readonly apply: (context: ChangeContext) => void;
  /** Whether `apply` may be called again after what it did was undone. */
  readonly repeats: boolean;
  readonly sizeBytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Makes the queue for the one writing connection. `committed` receives the topics that each flush touched, once the flush is durable. */
export function createGroupCommit(
  db: Database,
  clock: () => number,
  journal: Journal | null,
  committed: (touched: ReadonlySet<string>) => void,
): GroupCommit {
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  let scheduled = false;
  let refusal: StoreError | null = null;
  let drained: (() => void) | null = null;

  function flush(): void {
    scheduled = false;
    const batch = queue.splice(0, MAX_PER_FLUSH);
    for (const waiting of batch) queuedBytes -= waiting.sizeBytes;
    const touched = new Set<string>();
    const outcomes = settle(batch, touched);
    // Waiters wake first, so that they see the commit no later than its caller.
    committed(touched);
    for (const [index, waiting] of batch.entries()) {
      const error = outcomes[index];
      if (error === null) waiting.resolve();
      else waiting.reject(error);
    }
    if (queue.length > 0) schedule();
    else drained?.();
  }

  function settle(batch: readonly Waiting[], touched: Set<string>): (unknown | null)[] {
    const outcomes: (unknown | null)[] = [];
    const tip = journal?.tip;
    try {
      if (refusal?.code === "io" || refusal?.code === "corrupt") throw refusal;
      db.run("BEGIN IMMEDIATE");
      const isWhole = batch.every(({ repeats }) => repeats) && applyTogether(batch, touched);
      if (!isWhole) { for (const waiting of batch) outcomes.push(applyAlone(waiting, touched)); }
      for (const { changes } of batch) commitReached(changes, "before");
      db.run("COMMIT");
      for (const { changes } of batch) commitReached(changes, "after");
      return isWhole ? batch.map(() => null) : outcomes;
    } catch (error) {
      touched.clear();
      undo(error);
      if (tip !== undefined) journal?.rewind(tip);
      // A caller that was refused for its own reason keeps it; all others get this failure.
      return batch.map((_, index) => outcomes[index] ?? error);
    }
  }

  /**
   * Applies all callers without savepoints, each of which would copy every page that it changes. Returns false if one is refused; then an
   * empty transaction is open. Throws if the whole transaction is lost.
   */
  function applyTogether(batch: readonly Waiting[], touched: Set<string>): boolean {
    const tip = journal?.tip;
    try {
      for (const { apply } of batch) applyOne(apply, touched);
      return true;
    } catch (error) {
      if (isFatal(error)) throw error;
      db.run("ROLLBACK");
      if (tip !== undefined) journal?.rewind(tip);
      touched.clear();
      db.run("BEGIN IMMEDIATE");
      return false;
    }
  }

  /** Returns null, or why this caller alone is refused. Throws if the whole transaction is lost. */
  function applyAlone({ apply }: Waiting, touched: Set<string>): unknown | null {
    db.run("SAVEPOINT caller");
    const own = new Set<string>();
    const tip = journal?.tip;
    try {
      applyOne(apply, own);
    } catch (error) {
      if (isFatal(error)) throw error;
      db.run("ROLLBACK TO caller");
      db.run("RELEASE caller");
      if (tip !== undefined) journal?.rewind(tip);
      return error instanceof StoreError ? error : unreadable(error);
    }
    db.run("RELEASE caller");
    for (const topic of own) touched.add(topic);
    return null;
  }

  function applyOne(apply: Waiting["apply"], touched: Set<string>): void {
    const drafts = journal === null ? null : noDrafts();
    const context = {
      db,
      clock,
      touched,
      sums: new Map<string, bigint>(),
      budgets: new Map<string, bigint>(),
      journal: drafts,
    };
    apply(context);
    writeSums(context);
    writeBudgets(context);
    if (drafts !== null && journal!.write(drafts)) touched.add("journal");
  }

  /** Whether the whole transaction is lost. */
  function isFatal(error: unknown): boolean {
    const fails = error instanceof StoreError && ["full", "io", "corrupt"].includes(error.code);
    return fails || !db.inTransaction;
  }

  function undo(cause: unknown): void {
    try {
      if (db.inTransaction) db.run("ROLLBACK");
    } catch (error) {
      refusal ??= error instanceof StoreError ? error : new StoreError("io", String(error));
    }
    if (cause instanceof StoreError && (cause.code === "io" || cause.code === "corrupt")) {
      refusal ??= cause;
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    // Not imported: a store that is only read would load modules of Node for it.
    globalThis.setImmediate(flush);
  }

  function enqueue(
    changes: readonly Change[],
    sizeBytes: number,
    apply: Waiting["apply"],
    repeats: boolean,
  ): Promise<void> {
    if (refusal !== null) return Promise.reject(refusal);
    return new Promise<void>((resolve, reject) => {
      queue.push({ changes, apply, repeats, sizeBytes, resolve, reject });
      queuedBytes += sizeBytes;
      schedule();
    });
  }

  return {
    work: (apply) => enqueue([], 0, apply, false),
    commit(changes) {
      if (refusal !== null) return Promise.reject(refusal);
      if (!Array.isArray(changes) || changes.length > MAX_CHANGES) {
        return Promise.reject(
          new StoreError("invalid", `a commit must be a list of at most ${MAX_CHANGES} changes`),
        );
      }
      const sizeBytes = sizeOf(changes);
      if (queue.length >= MAX_WAITING || queuedBytes + sizeBytes > MAX_WAITING_BYTES) {
        return Promise.reject(
          new StoreError(
            "full",
            `the store has ${queue.length} commits (${queuedBytes} bytes) waiting already`,
          ),
        );
      }
      const apply = (context: ChangeContext) => {
        for (const change of changes) applyChange(context, change);
      };
      return enqueue(changes, sizeBytes, apply, true);
    },
    async close() {
      refusal ??= new StoreError("closed", "the store is closed");
      if (queue.length > 0) await new Promise<void>((resolve) => drained = resolve);
      queue = [];
    },
  };
}

/** The error for a change whose parts are missing or of the wrong type. */
function unreadable(cause: unknown): StoreError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreError("invalid", `Cannot apply a change: ${why}`, { cause });
}

/** How many bytes a waiting commit holds; small fields count as 512. */
function sizeOf(changes: readonly Change[]): number {
  let total = 0;
  for (const change of changes) {
    total += 512;
    total += bytesIn(change) + bytesIn((change as { row?: object } | null)?.row);
  }
  return total;
}

function bytesIn(fields: object | null | undefined): number {
  let total = 0;
  for (const value of Object.values(fields ?? {})) {
    if (value instanceof Uint8Array || typeof value === "string") total += value.length;
  }
  return total;
}
