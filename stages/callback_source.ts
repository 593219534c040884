/**
 * callbackSource: due documents of a buyer's jobs for skills of the home. The store is the queue, so documents that waited before a crash
 * come again after it.
 *
 * Holds at most `concurrency` unsettled documents, and of each job at most one, the oldest. A document that the host set aside as poison is
 * not tried again.
 *
 * @module
 */
import type { CallbackRow, Store } from "../store/store.ts";
import { type Batch, defineStage, type Item, type Settlement, type StageContext } from "./stage.ts";

const NAME = "callback-source";

/** How many documents may be unsettled at the same time. */
interface CallbackSourceOptions {
  readonly concurrency: number;
  /** Sends each due document once, and ends. */
  readonly once?: boolean;
}

/** The services that the stage needs. */
interface CallbackSourceServices {
  readonly store: Pick<Store, "waitingCallbacks" | "commit">;
}

/** A new or newly due document ends the wait. The limit frees the store's waiter if this source is gone. */
const WAIT_MS = 30_000;
/** While a document is unsettled, the wait excludes it, even if it becomes due again meanwhile. Its next try may be late by this time. */
const BUSY_WAIT_MS = 500;

/** Makes the stage. Output: the documents as received; knows `route`, `job_id`, `skill`, `callback_id`, `tries`. */
export function callbackSource(
  options: CallbackSourceOptions,
  { store }: CallbackSourceServices,
  context: StageContext,
): ReadableStream<Batch> {
  const out = new Map<number, CallbackRow>();
  /** With `once`: callbacks that were sent, and are not sent again. */
  const given: number[] = [];
  let seq = 0;
  let stopped = false;
  let wake = () => {};

  const poisoned = async (callbackId: number) => {
    const error = {
      code: "poison",
      message: "the document ended the program twice, so it is not tried again",
    };
    await store.commit([{
      op: "settleCallback",
      callbackId,
      error,
      retryAtMs: null,
      atMs: context.clock(),
    }]).catch((error: Error) =>
      context.log("error", "callback could not be ended", { error: error.message })
    );
  };
  const settled = ({ seq, outcome }: Settlement) => {
    const row = out.get(seq);
    if (row === undefined) return;
    // The document stays unsettled until its callback has ended, so that it is not sent meanwhile.
    const ending = outcome === "poison" ? poisoned(row.callbackId) : Promise.resolve();
    void ending.then(() => {
      out.delete(seq);
      wake();
    });
  };
  context.settlements.onSettled((list) => list.forEach(settled));
  context.signal.addEventListener("abort", () => wake(), { once: true });

  const itemOf = (row: CallbackRow): Item => {
    out.set(++seq, row);
    return {
      seq,
      bytes: row.document,
      known: {
        route: "callback",
        id: row.eventId,
        job_id: row.jobId,
        skill: row.skill,
        encoding: row.encoding,
        callback_id: row.callbackId,
        tries: row.tries,
      },
    };
  };

  return new ReadableStream<Batch>({
    async pull(controller) {
      while (!stopped && !context.signal.aborted) {
        const free = options.concurrency - out.size;
        if (free <= 0) {
          await new Promise<void>((resolve) => wake = resolve);
          continue;
        }
        const except = [...given, ...[...out.values()].map(({ callbackId }) => callbackId)];
        const waitMs = options.once ? 0 : out.size > 0 ? BUSY_WAIT_MS : WAIT_MS;
        const rows = await store.waitingCallbacks(except, context.clock(), free, waitMs);
        if (stopped) return;
        if (options.once) given.push(...rows.map(({ callbackId }) => callbackId));
        if (rows.length > 0) return controller.enqueue(rows.map(itemOf));
        if (options.once) break;
      }
      if (!stopped) controller.close();
    },
    cancel() {
      stopped = true;
      wake();
    },
  }, { highWaterMark: 0 });
}

/** The stage for its host. */
export const definition = defineStage<CallbackSourceOptions, CallbackSourceServices>({
  name: NAME,
  role: "source",
  services: ["store"],
  permissions: () => ({}),
  create: callbackSource,
});
