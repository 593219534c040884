/**
 * Callers that wait for a commit. There are at most 4,096 waiters; one more is refused with `full`. A durable commit wakes its waiters, and
 * they ask again. Nothing polls.
 *
 * @module
 */
import { StoreError } from "./store_error.ts";

const MAX_WAITERS = 4_096;
/** The longest time of setTimeout. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** Waiters by topic. */
export interface Waiters {
  /** Resolves with `ask()` once it answers. Asks again after each commit of the topic; null after `waitMs`. */
  until<Answer>(
    topic: string,
    waitMs: number,
    ask: () => Answer | null,
  ): Promise<Answer | null>;
  /** Called after a commit with the topics that it touched; `null` wakes all waiters. */
  wake(topics: ReadonlySet<string> | null): void;
  /** Fails all present and future waiters with this error. */
  fail(error: StoreError): void;
}

interface Waiter {
  readonly topic: string;
  readonly check: () => void;
  readonly fail: (error: StoreError) => void;
}

/** An empty set of waiters. `beforeWait` runs before each wait. */
export function createWaiters(beforeWait: () => void = () => {}): Waiters {
  const waiting = new Map<string, Set<Waiter>>();
  let count = 0;
  let failed: StoreError | null = null;

  function remove(waiter: Waiter): void {
    const group = waiting.get(waiter.topic);
    if (!group?.delete(waiter)) return;
    count--;
    if (group.size === 0) waiting.delete(waiter.topic);
  }

  return {
    until<Answer>(topic: string, waitMs: number, ask: () => Answer | null) {
      if (!Number.isSafeInteger(waitMs) || waitMs < 0 || waitMs > MAX_WAIT_MS) {
        throw new StoreError("invalid", `waitMs must be a whole number up to ${MAX_WAIT_MS}`);
      }
      if (waitMs > 0) beforeWait();
      const first = ask();
      if (first !== null || waitMs === 0) return Promise.resolve(first);
      if (failed !== null) throw failed;
      if (count >= MAX_WAITERS) {
        throw new StoreError("full", `the store has ${MAX_WAITERS} waiting callers already`);
      }
      return new Promise<Answer | null>((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(timer);
          remove(waiter);
          settle();
        };
        const waiter: Waiter = {
          topic,
          check() {
            try {
              const answer = ask();
              if (answer !== null) end(() => resolve(answer));
            } catch (error) {
              end(() => reject(error));
            }
          },
          fail: (error) => end(() => reject(error)),
        };
        const timer = setTimeout(() => end(() => resolve(null)), waitMs);
        const group = waiting.get(topic) ?? new Set();
        waiting.set(topic, group.add(waiter));
        count++;
      });
    },
    wake(topics) {
      if (count === 0) return;
      for (const topic of topics ?? [...waiting.keys()]) {
        for (const waiter of [...(waiting.get(topic) ?? [])]) waiter.check();
      }
    },
    fail(error) {
      failed = error;
      for (const group of [...waiting.values()]) {
        for (const waiter of [...group]) waiter.fail(error);
      }
    },
  };
}
