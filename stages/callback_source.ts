/**
 * callbackSource: documents of a buyer's jobs that a skill of the home is to be given, when they are due. The store is the queue, so
 * that what waited before a crash comes out again after it.
 *
 * Holds no more than `concurrency` unsettled documents, and of one job no more than one, the oldest. One that the host gave up as
 * poison is over: it is not tried again.
 *
 * @module
 */
import type { CallbackRow, Store } from "../store/store.ts";
import { type Batch, defineStage, type Item, type Settlement, type StageContext } from "./stage.ts";

const NAME = "callback-source";

/** How many may be out at once. */
interface CallbackSourceOptions {
  readonly concurrency: number;
  /** Gives each that is due once, and ends. */
  readonly once?: boolean;
}

/** What the stage asks for. */
interface CallbackSourceServices {
  readonly store: Pick<Store, "waitingCallbacks" | "commit">;
}

/** A new document, and one whose time comes, ends the wait: this bounds what a store holds for a source that is gone. */
const WAIT_MS = 30_000;
/** While a document is out the wait leaves it out, also once it is to be tried again: so late may the next try be. */
const BUSY_WAIT_MS = 500;

/** Makes the stage. Out: the documents as they came; knows `route`, `job_id`, `skill`, `callback_id`, `tries`. */
export function callbackSource(
  options: CallbackSourceOptions,
  { store }: CallbackSourceServices,
  context: StageContext,
): ReadableStream<Batch> {
  const out = new Map<number, CallbackRow>();
  /** With `once`: what was given, and is not given again. */
  const given: number[] = [];
  let seq = 0;
  let stopped = false;
  let wake = () => {};

  const poisoned = async (callbackId: number) => {
    const error = { code: "poison", message: "the document broke the program that gave it twice" };
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
    // It keeps its place until it is ended, so that it is not handed out meanwhile.
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

/** For the host. */
export const definition = defineStage<CallbackSourceOptions, CallbackSourceServices>({
  name: NAME,
  role: "source",
  services: ["store"],
  permissions: () => ({}),
  create: callbackSource,
});
