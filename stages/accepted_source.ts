/**
 * acceptedSource: a provider's jobs that may run, because their payment is in the store (or their price is zero), oldest first.
 * The store is the queue, so what was paid before a crash comes out again after it.
 *
 * Holds at most `concurrency` unsettled jobs, and beside them a number of jobs that start no process (`light`). A job is read again
 * only after it was settled. A job that the host set aside as poison is emitted once more, as a refusal without its bytes, so that the
 * sink can end it and tell its buyer. If the refusal is poison too, this stage ends the job, so that no job stays runnable that cannot
 * be run. With `once` the ids of the emitted jobs are held too. At most 1,024 poisoned jobs are remembered between the two steps.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { Store } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import { type Batch, defineStage, type Item, type Settlement, type StageContext } from "./stage.ts";

const NAME = "accepted-source";

/** How many jobs may be out at once. */
interface AcceptedSourceOptions {
  readonly concurrency: number;
  /** Kinds that start no process, of which so many may be out beside the others; none unless told. */
  readonly light?: { readonly kinds: readonly number[]; readonly concurrency: number };
  /** Gives each job once, and ends when there is no other. */
  readonly once?: boolean;
}

/** What the stage asks for. */
interface AcceptedSourceServices {
  readonly store: Pick<Store, "runnableJobs" | "commit">;
}

/** A job that may run wakes the wait: this bounds what a store holds for a source that is gone. */
const WAIT_MS = 30_000;
/** While jobs are out: one that was settled and may still run comes again. */
const BUSY_WAIT_MS = 1_000;
const MAX_POISONED = 1_024;
const POISON = "the job broke the program that ran it twice, so it is not tried again";

/** Makes the stage. Out: the raw request bytes as they were paid for; knows `job_id`, `accepted`. */
export function acceptedSource(
  options: AcceptedSourceOptions,
  services: AcceptedSourceServices,
  context: StageContext,
): ReadableStream<Batch> {
  const { store } = services;
  /** Jobs that are out, by sequence number. */
  const out = new Map<number, { readonly jobId: string; readonly light: boolean }>();
  const poisoned = new Set<string>();
  /** With `once`: what was given, and is not given again. */
  const given: string[] = [];
  let seq = 0;
  let stopped = false;
  let wake = () => {};

  const settled = ({ seq, outcome }: Settlement) => {
    const jobId = out.get(seq)?.jobId;
    if (jobId === undefined) return;
    if (outcome !== "poison") {
      poisoned.delete(jobId);
      out.delete(seq);
    } else if (!poisoned.has(jobId) && poisoned.size < MAX_POISONED) {
      poisoned.add(jobId);
      out.delete(seq);
    } else {
      // It keeps its place until it is ended, so that it is not handed out meanwhile.
      end(jobId).finally(() => {
        poisoned.delete(jobId);
        out.delete(seq);
        wake();
      });
    }
  };
  const end = async (jobId: string) => {
    const patch: Partial<JobRow> = {
      status: "error",
      errorCode: "poison",
      errorMessage: POISON,
      updatedAtMs: context.clock(),
    };
    try {
      await store.commit([{ op: "patchJob", jobId, role: "provider", patch }]);
    } catch (error) {
      context.log("error", "poisoned job could not be ended", {
        job_id: jobId,
        error: messageOf(error),
      });
    }
  };
  context.settlements.onSettled((list) => {
    for (const each of list) settled(each);
    wake();
  });
  context.signal.addEventListener("abort", () => wake(), { once: true });

  const isLight = ({ kind }: JobRow) => options.light?.kinds.includes(kind) === true;
  const places = () => {
    const lightOut = [...out.values()].filter(({ light }) => light).length;
    return {
      free: options.concurrency - (out.size - lightOut),
      light: (options.light?.concurrency ?? 0) - lightOut,
    };
  };
  /** What may be handed out now: anything, or what starts no process. */
  const ask = ({ free, light }: ReturnType<typeof places>, waitMs: number) => {
    const except = [...given, ...[...out.values()].map(({ jobId }) => jobId)];
    return free > 0
      ? store.runnableJobs(except, light > 0 ? Math.min(free, light) : free, waitMs)
      : store.runnableJobs(except, light, waitMs, options.light!.kinds);
  };

  const itemOf = (row: JobRow): Item => {
    out.set(++seq, { jobId: row.jobId, light: isLight(row) && places().light > 0 });
    const known = { job_id: row.jobId, accepted: "yes" };
    return poisoned.has(row.jobId)
      ? {
        seq,
        bytes: new Uint8Array(0),
        known,
        refusal: { stage: NAME, code: "poison", message: POISON },
      }
      : { seq, bytes: row.request, known };
  };

  return new ReadableStream<Batch>({
    async pull(controller) {
      while (!stopped && !context.signal.aborted) {
        const there = places();
        const settled = new Promise<null>((resolve) => wake = () => resolve(null));
        if (there.free <= 0 && there.light <= 0) {
          await settled;
          continue;
        }
        const waitMs = options.once ? 0 : out.size > 0 ? BUSY_WAIT_MS : WAIT_MS;
        const asked = ask(there, waitMs);
        // A place for any job is worth more than the next light one, which is found again.
        const rows = there.free > 0 ? await asked : await Promise.race([asked, settled]);
        if (rows === null) asked.catch(() => undefined);
        if (stopped) return;
        if (rows === null) continue;
        if (options.once) given.push(...rows.map(({ jobId }) => jobId));
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
export const definition = defineStage<AcceptedSourceOptions, AcceptedSourceServices>({
  name: NAME,
  role: "source",
  services: ["store"],
  permissions: () => ({}),
  create: acceptedSource,
});
