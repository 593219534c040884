/**
 * The part of skillSink for providers that informs the buyer while a job runs, before its result.
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

/** Messages about a run. */
interface Tellings {
  /** Tells the buyer once that the job has started, unless the run ends before; nothing follows after `over()`. */
  later(started: JobRow): { over(): Promise<void> };
  /** Publishes partial results in order; nothing follows after `over()`. */
  partials(started: JobRow): { tell(event: UnsignedEvent): void; over(): Promise<unknown> };
}

/** Makes them. `publish` makes the outbox row of a job's event. */
export function tellings(
  options: Pick<SkillSinkOptions, "tellAfterMs">,
  { store, skills }: SkillSinkServices,
  publish: (job: JobRow, event: UnsignedEvent) => Change,
  context: StageContext,
): Tellings {
  const later = (started: JobRow): { over(): Promise<void> } => {
    let telling: Promise<void> = Promise.resolve();
    const tell = async () => {
      try {
        const { jobId, status } = started;
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
    const timer = setTimeout(() => telling = tell(), options.tellAfterMs ?? TELL_AFTER_MS);
    return {
      over() {
        clearTimeout(timer);
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
