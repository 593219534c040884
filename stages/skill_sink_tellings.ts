/**
 * skillSink on the provider's side, while a job runs: what its buyer is told before the result.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Change } from "../store/store.ts";
import type { SkillSinkOptions, SkillSinkServices } from "./skill_sink_services.ts";
import type { StageContext } from "./stage.ts";

/** Words about a job that is over by the time that they are read are not worth their price. */
const TELL_AFTER_MS = 2_000;

/** What a run tells. */
interface Tellings {
  /** Tells the buyer once that the job is in hand, where its run is not over by then; nothing comes after `over()`. */
  later(started: JobRow): { over(): Promise<void> };
  /** Publishes partial results in their order; nothing comes after `over()`. */
  partials(started: JobRow): { tell(event: UnsignedEvent): void; over(): Promise<unknown> };
}

/** Makes them. `publish` makes the outbox row of a job's event. */
export function tellings(
  options: Pick<SkillSinkOptions, "tellAfterMs">,
  { store, skills }: SkillSinkServices,
  publish: (job: JobRow, event: UnsignedEvent) => Change,
  context: StageContext,
): Tellings {
  /** Tells the buyer once that the job is in hand, where its first run is not over by then; nothing of it comes after `over()`. */
  const later = (started: JobRow): { over(): Promise<void> } => {
    let telling: Promise<void> = Promise.resolve();
    const tell = async () => {
      try {
        const { jobId, status } = started;
        // A job that was ended meanwhile takes no such status, and then nothing is told.
        const patch = { status, updatedAtMs: context.clock() };
        await store.commit([
          { op: "patchJob", jobId, role: "provider", patch },
          publish(started, skills.taken(started)),
        ]);
      } catch (error) {
        // A store that fails ends the stage at the run's own commit.
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

  /** Publishes partial results in their order; nothing of it comes after `over()`. */
  const partials = (started: JobRow) => {
    let telling: Promise<unknown> = Promise.resolve();
    const tell = (event: UnsignedEvent) => {
      const { jobId, status } = started;
      const put = () =>
        store.commit([
          // A job that was ended meanwhile takes no such status, and then nothing is told.
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
