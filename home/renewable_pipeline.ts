/**
 * A pipeline that can be started again with other options while its users keep it. What was under way stays unsettled, so the next one does
 * it again, as after the loss of a worker.
 *
 * @module
 */
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** The parts of a pipeline that its users need. */
type Used = Pick<Pipeline, "name" | "ready" | "done" | "counters" | "drain">;

/** Such a pipeline. Its `done` settles when it ends without being renewed. */
interface RenewablePipeline extends Used {
  /** Drains it, and starts it again. Resolves when the next one runs; then the options of the start before are not used any more. */
  renew(): Promise<void>;
}

/** How long what is under way may take before the next one is started. */
const DRAIN_MS = 3_000;

/** Starts it. `start` is called again for each renewal. If that fails, `done` rejects. */
export async function renewablePipeline(start: () => Promise<Used>): Promise<RenewablePipeline> {
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => undefined);
  const replaced = new Set<Used>();
  const begin = async () => {
    const begun = await start();
    const unlessReplaced = (end: () => void) => () => {
      if (!replaced.has(begun)) end();
    };
    begun.done.then(
      unlessReplaced(done.resolve),
      (error) => unlessReplaced(() => done.reject(error))(),
    );
    return begun;
  };
  let now = await begin();
  let [renewing, isDraining] = [Promise.resolve(), false];
  const renewOnce = async () => {
    if (isDraining) return;
    replaced.add(now);
    await now.drain(DRAIN_MS).catch(() => undefined);
    try {
      now = await begin();
      await now.ready;
    } catch (error) {
      done.reject(error);
      throw error;
    }
  };
  return {
    get name() {
      return now.name;
    },
    get ready() {
      return now.ready;
    },
    done: done.promise,
    counters: () => now.counters(),
    renew() {
      const renewal = renewing.then(renewOnce);
      renewing = renewal.catch(() => undefined);
      return renewal;
    },
    async drain(deadlineMs) {
      isDraining = true;
      await renewing;
      await now.drain(deadlineMs);
    },
  };
}
