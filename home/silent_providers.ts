/**
 * Hands jobs of providers that were paid, or take nothing, and are silent to the next provider, within the bid and before the deadline.
 *
 * Silence may be this home's own: a relay may be away, or the home may just have started. So a job goes on only after this process has
 * listened for {@link LISTENED_MS}, and after the relays answered that they have nothing of that provider about the job. A further relay
 * that does not answer delays this until half of the rest of the job's time is over.
 *
 * @see docs/money.md#failover
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { Log } from "../base/log/log.ts";
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import type { RelayReader } from "../market/relay_questions.ts";
import type { SilentJob } from "../store/job_attempt_row.ts";
import type { Store } from "../store/store.ts";
import { isConflict } from "../store/store_error.ts";

/** What the watch needs. */
interface SilenceWatchDeps {
  readonly store: Pick<Store, "silentJobs" | "commit">;
  readonly relayReader: Pick<RelayReader, "answered">;
  /** The clock, in milliseconds since the epoch. If it is set back, silence takes longer. */
  readonly clock: () => number;
  /** Elapsed milliseconds, independent of changes of the clock. */
  readonly elapsedMs: () => number;
  readonly log: Log;
}

/** How long a process listens before it calls anybody silent: stored answers must have time to arrive. */
const LISTENED_MS = 10_000;
/** The most jobs of one look. */
const LOOKED_AT = 100;

/** Makes the watch. The returned function looks once, and rejects if the store fails. */
export function silenceWatch(
  { store, relayReader, clock, elapsedMs, log }: SilenceWatchDeps,
): () => Promise<void> {
  const startedMs = elapsedMs();
  return async () => {
    if (elapsedMs() - startedMs < LISTENED_MS) return;
    let complete = true;
    for (const job of await store.silentJobs(clock(), LOOKED_AT)) {
      const { jobId, eventId, provider, request } = job;
      const patient = clock() < patienceMs(job);
      // The question would take its whole time again.
      if (!complete && patient) continue;
      try {
        // No relay says which gift wraps belong to a private job. That it answers is all that can be known.
        const asked = asksPrivately(request) ? null : eventId;
        const { found, away } = await relayReader.answered(asked, provider);
        if (found) continue;
        complete = away.length === 0;
        if (!complete && patient) {
          log("debug", "a relay that is away may have a provider's answer", {
            job_id: jobId,
            relays: away.join(" "),
          });
          continue;
        }
      } catch (error) {
        log("debug", "it is not known whether a provider is silent", {
          job_id: jobId,
          reason: messageOf(error),
        });
        return;
      }
      const nowMs = clock();
      try {
        await store.commit([{ op: "replaceSilent", jobId, eventId, nowMs, atMs: nowMs }]);
      } catch (error) {
        // It answered in this moment.
        if (!isConflict(error)) throw error;
        continue;
      }
      log("info", "a provider is silent; the next one is asked", {
        job_id: jobId,
        provider,
      });
    }
  };
}

/** Until when a relay that is away may have the answer: then half of the time is left that was left when the provider became silent. */
function patienceMs({ dueMs, deadlineMs }: SilentJob): number {
  return dueMs + (deadlineMs - dueMs) / 2;
}
