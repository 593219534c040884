/**
 * acceptedSource: a provider's jobs that may run, because their payment is in the store (or their price is zero), oldest first.
 * The store is the queue, so what was paid before a crash comes out again after it.
 *
 * Holds no more than `concurrency` unsettled jobs; a job is asked for again only after it was settled.
 *
 * @module
 */
import type { Store } from "../services/store/store.ts";
import { type Batch, defineStage, type StageContext } from "./stage.ts";

/** How many jobs may be out at once. */
export interface AcceptedSourceOptions {
  readonly concurrency: number;
}

/** What the stage asks for. */
export interface AcceptedSourceServices {
  readonly store: Pick<Store, "runnableJobs">;
}

const WAIT_MS = 1_000;

/** Makes the stage. Out: the raw request bytes as they were paid for; knows `job_id`, `accepted`. */
export function acceptedSource(
  options: AcceptedSourceOptions,
  services: AcceptedSourceServices,
  context: StageContext,
): ReadableStream<Batch> {
  const out = new Map<number, string>();
  let seq = context.clock();
  let wake: (() => void) | undefined;
  context.settlements.onSettled((settled) => {
    for (const each of settled) out.delete(each.seq);
    wake?.();
  });
  context.signal.addEventListener("abort", () => wake?.(), { once: true });
  return new ReadableStream<Batch>({
    async pull(controller) {
      while (!context.signal.aborted) {
        const free = options.concurrency - out.size;
        if (free <= 0) {
          await new Promise<void>((resolve) => wake = resolve);
          continue;
        }
        const rows = await services.store.runnableJobs([...out.values()], free, WAIT_MS);
        if (rows.length === 0) continue;
        const batch = rows.map((row) => {
          out.set(++seq, row.jobId);
          return { seq, bytes: row.request, known: { job_id: row.jobId, accepted: "yes" } };
        });
        controller.enqueue(batch);
        return;
      }
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** For the host. */
export const definition = defineStage<AcceptedSourceOptions, AcceptedSourceServices>({
  name: "accepted-source",
  role: "source",
  services: ["store"],
  permissions: () => ({}),
  create: acceptedSource,
});
