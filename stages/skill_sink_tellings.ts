/**
 * The part of skillSink for providers that informs the buyer before the result: once that its job runs or waits for a free place, and then
 * of partial results.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Change } from "../store/store.ts";
import type { SkillSinkOptions, SkillSinkServices } from "./skill_sink_services.ts";
import type { StageContext } from "./stage.ts";

/** A message about a job that has ended before anybody reads it is not worth its price. */
const TELL_AFTER_MS = 2_000;
/** The most waiting jobs of one look. */
const QUEUED_AT_ONCE = 64;

/** Messages about runs. */
interface Tellings {
  /**
   * Tells the buyer that the job runs, unless the run ends before, or the buyer was told of this job before, by this process or an earlier
   * one. Nothing follows after `over()`. While runs are not over, buyers whose jobs have waited as long are told once that they wait.
   */
  later(started: JobRow): { over(): Promise<void> };
  /** Publishes partial results in order; nothing follows after `over()`. */
  partials(started: JobRow): { tell(event: UnsignedEvent): void; over(): Promise<unknown> };
}

/** Makes them. `publish` makes the outbox row of a job's event. */
export function tellings(
  { tellAfterMs = TELL_AFTER_MS }: Pick<SkillSinkOptions, "tellAfterMs">,
  { store, skills }: SkillSinkServices,
  publish: (job: JobRow, event: UnsignedEvent) => Change,
  context: StageContext,
): Tellings {
  const queue = waiting(tellAfterMs, { store, skills }, publish, context);

  const later = (started: JobRow): { over(): Promise<void> } => {
    let telling: Promise<void> = Promise.resolve();
    const tell = async () => {
      try {
        const { jobId, status } = started;
        if (await store.hasTold(jobId)) return;
        // A job that has ended meanwhile cannot take this status; then nothing is sent.
        const patch = { status, updatedAtMs: context.clock() };
        await store.commit([
          { op: "patchJob", jobId, role: "provider", patch },
          publish(started, skills.taken(started)),
        ]);
      } catch (error) {
        // If the store fails, the run's own commit ends the stage.
        context.log("debug", "a job's start was not told", {
          job_id: started.jobId,
          reason: messageOf(error),
        });
      }
    };
    const timer = setTimeout(() => telling = tell(), tellAfterMs);
    queue.began(started.jobId);
    return {
      over() {
        clearTimeout(timer);
        queue.ended(started.jobId);
        return telling;
      },
    };
  };

  const partials = (started: JobRow) => {
    let telling: Promise<unknown> = Promise.resolve();
    const tell = (event: UnsignedEvent) => {
      const { jobId, status } = started;
      const put = () =>
        store.commit([
          // A job that has ended meanwhile cannot take this status; then nothing is sent.
          {
            op: "patchJob",
            jobId,
            role: "provider",
            patch: { status, updatedAtMs: context.clock() },
          },
          publish(started, event),
        ]);
      telling = telling.then(put).catch((error) =>
        context.log("debug", "a part of a job was not told", {
          job_id: jobId,
          reason: messageOf(error),
        })
      );
    };
    return { tell, over: () => telling };
  };

  return { later, partials };
}

/** Tells buyers of jobs that wait, as long as others run: only then does a job wait. */
function waiting(
  afterMs: number,
  { store, skills }: SkillSinkServices,
  publish: (job: JobRow, event: UnsignedEvent) => Change,
  context: StageContext,
) {
  const running = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let looking = false;
  const look = async () => {
    try {
      const rows = await store.queuedJobs(context.clock() - afterMs, [...running], QUEUED_AT_ONCE);
      // A run that began meanwhile tells itself.
      const queued = rows.filter(({ jobId }) => !running.has(jobId)).flatMap(told);
      if (queued.length > 0) await store.commit(queued);
    } catch (error) {
      // If the store fails, the runs' own commits end the stage.
      context.log("debug", "waiting jobs were not told", { reason: messageOf(error) });
    }
  };
  const told = (job: JobRow): Change[] => {
    try {
      return [publish(job, skills.taken(job))];
    } catch (error) {
      context.log("debug", "a waiting job was not told", {
        job_id: job.jobId,
        reason: messageOf(error),
      });
      return [];
    }
  };
  const schedule = () => {
    if (timer !== null || looking || running.size === 0 || context.signal.aborted) return;
    timer = setTimeout(async () => {
      timer = null;
      looking = true;
      await look();
      looking = false;
      schedule();
    }, afterMs);
  };
  return {
    began(jobId: string) {
      running.add(jobId);
      schedule();
    },
    ended(jobId: string) {
      running.delete(jobId);
      if (running.size > 0 || timer === null) return;
      clearTimeout(timer);
      timer = null;
    },
  };
}
