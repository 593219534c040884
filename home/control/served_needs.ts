/**
 * What calls of other commands need, told to the process that serves them. A command that has opened a home has nothing at work by
 * itself: its main thread starts what a call needs, and ends it with the call.
 *
 * Held: the needs of the calls that are served now; the control server limits how many these are.
 *
 * @module
 */
import type { HomeWork, Need } from "../client/home_methods.ts";

/** One call's need. */
interface ServedNeed {
  readonly id: number;
  readonly need: Need;
}

/** What the main thread asks for. */
export interface NeedsOfCalls {
  /** Resolves with a need that was not told yet, the oldest first. */
  nextNeed(): Promise<ServedNeed>;
  /** Resolves when its call has ended. */
  untilNeedIsOver(id: number): Promise<void>;
  /** What the call needs cannot be had: the call fails. */
  refuseNeed(id: number, reason: string): Promise<void>;
}

interface Served {
  readonly over: PromiseWithResolvers<void>;
  readonly refused: PromiseWithResolvers<never>;
}

/** The work of a process that has nothing at work until a call needs it. */
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
