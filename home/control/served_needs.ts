/**
 * Passes the needs of other commands' calls to the process that serves them. A one-off command runs nothing permanently. Its main thread
 * starts what a call needs, and stops it after the call.
 *
 * Held: the needs of the open calls, whose number the control server limits.
 *
 * @module
 */
import type { HomeWork, Need } from "../client/home_work.ts";

/** The need of one call. */
interface ServedNeed {
  readonly id: number;
  readonly need: Need;
}

/** The main thread's side. */
export interface NeedsOfCalls {
  /** Resolves with the oldest need that was not returned yet. */
  nextNeed(): Promise<ServedNeed>;
  /** Resolves when its call has ended. */
  untilNeedIsOver(id: number): Promise<void>;
  /** Makes the call fail, because its need cannot be met. */
  refuseNeed(id: number, reason: string): Promise<void>;
}

interface Served {
  readonly over: PromiseWithResolvers<void>;
  readonly refused: PromiseWithResolvers<never>;
}

/** The work of a process that runs its pipelines only for calls. */
export function servedNeeds(
  always: HomeWork,
): { readonly work: HomeWork; readonly needs: NeedsOfCalls } {
  const served = new Map<number, Served>();
  const waiting: ServedNeed[] = [];
  let asking: PromiseWithResolvers<ServedNeed> | null = null;
  let lastId = 0;

  const tell = (need: ServedNeed) => {
    if (asking === null) waiting.push(need);
    else asking.resolve(need);
    asking = null;
  };
  return {
    work: {
      ...always,
      async during(need, _signal, wait) {
        const id = ++lastId;
        const call: Served = {
          over: Promise.withResolvers<void>(),
          refused: Promise.withResolvers<never>(),
        };
        call.refused.promise.catch(() => undefined);
        served.set(id, call);
        tell({ id, need });
        try {
          return await Promise.race([wait(), call.refused.promise]);
        } finally {
          served.delete(id);
          const at = waiting.findIndex((each) => each.id === id);
          if (at >= 0) waiting.splice(at, 1);
          call.over.resolve();
        }
      },
    },
    needs: {
      nextNeed() {
        const next = waiting.shift();
        if (next !== undefined) return Promise.resolve(next);
        asking = Promise.withResolvers<ServedNeed>();
        return asking.promise;
      },
      untilNeedIsOver: (id) => served.get(id)?.over.promise ?? Promise.resolve(),
      refuseNeed(id, reason) {
        served.get(id)?.refused.reject(new Error(reason));
        return Promise.resolve();
      },
    },
  };
}
