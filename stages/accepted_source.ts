/**
 * acceptedSource: a provider's jobs that may run, because their payment is in the store or their price is zero, oldest first. The store is
 * the queue, so jobs that were paid before a crash come again after it.
 *
 * Holds at most `concurrency` unsettled jobs, and in addition a number of jobs that start no process (`light`). A job is read again only
 * after it was settled. A job that the host set aside as poison is sent once more, as a refusal without its bytes, so that the sink can end
 * it and inform its buyer. If the refusal is poison too, this stage ends the job itself, because a job that cannot run must not stay
 * runnable. With `once`, the ids of the sent jobs are held too. At most 1,024 poisoned jobs are remembered between the two steps.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { Store } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import type { SkillCatalog } from "../skills/catalog/catalog_service.ts";
import { followVersions } from "../base/follow_versions.ts";
import { type Batch, defineStage, type Item, type Settlement, type StageContext } from "./stage.ts";

const NAME = "accepted-source";

/** How many jobs may be unsettled at the same time. */
interface AcceptedSourceOptions {
  readonly concurrency: number;
  /** Kinds whose skills start no process, and how many such jobs may be unsettled in addition; default none. */
  readonly light?: { readonly kinds: readonly number[]; readonly concurrency: number };
  /** Sends each job once, and ends when there is no other. */
  readonly once?: boolean;
}

/** The services that the stage needs. */
interface AcceptedSourceServices {
  readonly store: Pick<Store, "runnableJobs" | "commit">;
  /** The provider's catalog, whose owner may lower the number of jobs. */
  readonly offers?: Pick<SkillCatalog, "changed"> | null;
}

/** A new runnable job ends the wait. The limit frees the store's waiter if this source is gone. */
const WAIT_MS = 30_000;
/** The limit while jobs are unsettled: a job that was settled and may still run comes again after it. */
const BUSY_WAIT_MS = 1_000;
const MAX_POISONED = 1_024;
const POISON = "the job ended the program twice, so it is not tried again";

/** Makes the stage. Output: the raw request bytes as they were paid; knows `job_id`, `accepted`. */
export function acceptedSource(
  options: AcceptedSourceOptions,
  services: AcceptedSourceServices,
  context: StageContext,
): ReadableStream<Batch> {
  const { store } = services;
  /** Unsettled jobs by sequence number. */
  const out = new Map<number, { readonly jobId: string; readonly light: boolean }>();
  const poisoned = new Set<string>();
  /** With `once`: jobs that were sent, and are not sent again. */
  const given: string[] = [];
  let seq = 0;
  let stopped = false;
  let wake = () => {};
  /** The owner's present number of jobs. */
  let most = Infinity;
  if (services.offers) {
    void followVersions(services.offers, ({ owner }) => {
      most = owner?.jobs ?? Infinity;
      wake();
    }, context);
  }

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
      // The job stays unsettled until it has ended, so that it is not sent meanwhile.
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
      free: Math.min(options.concurrency, most) - (out.size - lightOut),
      light: (options.light?.concurrency ?? 0) - lightOut,
    };
  };
  const hasPlace = (row: JobRow) => {
    const { free, light } = places();
    return free > 0 || isLight(row) && light > 0;
  };
  /** Asks for any job, or only for one that starts no process. */
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
        // A free place for any job matters more than the next light job, which a later question finds again.
        const rows = there.free > 0 ? await asked : await Promise.race([asked, settled]);
        if (rows === null) asked.catch(() => undefined);
        if (stopped) return;
        if (rows === null) continue;
        // The owner may have lowered the number of jobs since the question.
        const items = rows.flatMap((row) => hasPlace(row) ? [itemOf(row)] : []);
        if (options.once) given.push(...rows.map(({ jobId }) => jobId));
        if (items.length > 0) return controller.enqueue(items);
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
export const definition = defineStage<AcceptedSourceOptions, AcceptedSourceServices>({
  name: NAME,
  role: "source",
  services: ["store", "offers"],
  permissions: () => ({}),
  create: acceptedSource,
});
