/**
 * Hands jobs of providers that were paid and are silent to the next provider, within the bid and before the deadline.
 *
 * Silence may be this home's own: its relay may be away, or it may just have started. So a job goes on only after this process has listened
 * for {@link LISTENED_MS}, and after the relay answered that it has nothing of that provider about the job.
 *
 * @see docs/money.md#failover
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { Log } from "../base/log/log.ts";
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import type { RelayReader } from "../market/relay_questions.ts";
import type { Store } from "../store/store.ts";
import { isConflict } from "../store/store_error.ts";

/** What the watch needs. */
interface SilenceWatchDeps {
  readonly store: Pick<Store, "silentJobs" | "commit">;
  readonly relayReader: Pick<RelayReader, "answered" | "reach">;
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
    for (
      const { jobId, eventId, provider, request } of await store.silentJobs(clock(), LOOKED_AT)
    ) {
      try {
        // No relay says which gift wraps belong to a private job. That it answers is all that can be known.
        if (asksPrivately(request)) await relayReader.reach();
        else if (await relayReader.answered(eventId, provider)) continue;
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
      log("info", "a paid provider is silent; the next one is asked", {
        job_id: jobId,
        provider,
      });
    }
  };
}
