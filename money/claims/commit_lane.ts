/**
 * The order in which a process commits its money. One commit runs at a time. Changes that arrive meanwhile are merged into the next one, so
 * that many packets share a transaction. If none runs, the next one takes all changes of this turn of the event loop: the packets of one
 * read of a socket arrive one after another, and the first would otherwise be committed, answered and followed alone.
 *
 * Ledgers in memory are ahead of the disk, and a later commit contains figures that include an earlier one's. So when a commit fails, every
 * later one of the same ledgers fails too, until they were read again as new objects.
 *
 * Held: the commits that arrived while one runs, or in this turn. The number of open and held packets limits them.
 *
 * @module
 */
import type { Change, Store } from "../../store/store.ts";

interface Waiting {
  readonly changes: readonly Change[];
  readonly ledgers: readonly object[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Runs commits in order. */
export class CommitLane {
  readonly #store: Pick<Store, "commit">;
  readonly #failed = new WeakMap<object, unknown>();
  #queue: Waiting[] = [];
  readonly #later: (task: () => void) => void;
  #running = false;

  /** A lane for this store. `later` runs a task when the turn has brought everything. */
  constructor(store: Pick<Store, "commit">, later = atTurnEnd) {
    this.#store = store;
    this.#later = later;
  }

  /** Commits changes that contain figures of these ledgers. Rejects if a commit of one of them failed before. */
  commit(changes: readonly Change[], ledgers: readonly object[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ changes, ledgers, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      this.#later(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#sound(this.#queue.splice(0));
      if (batch.length === 0) continue;
      try {
        await this.#store.commit(lastFigures(batch.flatMap(({ changes }) => changes)));
        for (const waiting of batch) waiting.resolve();
      } catch (error) {
        if (batch.length === 1) this.#fail(batch[0], error);
        else await this.#oneByOne(batch);
      }
    }
    this.#running = false;
  }

  /** A merged commit failed and changed nothing. Its parts are committed one by one, so that one bad part does not fail the others. */
  async #oneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const waiting of batch) {
      if (this.#sound([waiting]).length === 0) continue;
      try {
        await this.#store.commit(waiting.changes);
        waiting.resolve();
      } catch (error) {
        this.#fail(waiting, error);
      }
    }
  }

  #sound(batch: readonly Waiting[]): Waiting[] {
    return batch.filter((waiting) => {
      const spoilt = waiting.ledgers.find((ledger) => this.#failed.has(ledger));
      if (spoilt === undefined) return true;
      this.#fail(waiting, this.#failed.get(spoilt));
      return false;
    });
  }

  #fail(waiting: Waiting, error: unknown): void {
    for (const ledger of waiting.ledgers) this.#failed.set(ledger, error);
    waiting.reject(error);
  }
}

function atTurnEnd(task: () => void): void {
  globalThis.setImmediate(task);
}

/**
 * Leaves out figures that a later change of the same commit replaces. A commit is all or nothing, so only the last figures can be read. Of
 * a signer's snapshots the one with the highest counter stays, because channels may arrive in another order than they were signed in.
 */
function lastFigures(changes: readonly Change[]): Change[] {
  const last = new Map<string, Change>();
  for (const change of changes) {
    const name = figuresName(change);
    if (name === null) continue;
    const before = last.get(name);
    const newer = change.op !== "putSnapshot" || before?.op !== "putSnapshot" ||
      change.counter >= before.counter;
    if (newer) last.set(name, change);
  }
  return changes.filter((change) => {
    const name = figuresName(change);
    return name === null || last.get(name) === change;
  });
}

function figuresName(change: Change): string | null {
  switch (change.op) {
    case "putPayerChannel":
    case "putReceiverChannel":
      return `${change.op} ${change.row.channelId}`;
    case "putSnapshot":
      return `${change.op} ${change.name}`;
    default:
      return null;
  }
}
