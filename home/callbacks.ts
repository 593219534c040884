/**
 * The pipeline that gives a buyer's callback skills their documents: callbackSource → skillSink. It is started when the first document
 * waits, since most homes have none, and its workers hold what skills need; the pipeline that reads the relay holds nothing of it.
 *
 * @module
 */
import { unlessAborted } from "../base/until_aborted.ts";
import type { Home } from "./home.ts";
import type { SkillSet } from "./inbound.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** Gives callbacks until it is stopped. */
export interface CallbackKeeper {
  /** Takes nothing new; what runs may go on until `deadlineMs`, and is given again later where it does not end. */
  stop(deadlineMs: number): Promise<void>;
}

/** A document wakes the wait: this bounds what a store holds for somebody who is gone. */
const WAIT_MS = 30_000;

/** Starts looking. `skills` is asked once, when the first document waits. */
export function keepCallbacks(home: Home, skills: () => Promise<SkillSet>): CallbackKeeper {
  const stopped = new AbortController();
  let pipeline: Pipeline | null = null;
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      // Also one that is due later: the pipeline keeps the times.
      const asked = home.store.waitingCallbacks([], Number.MAX_SAFE_INTEGER, 1, WAIT_MS);
      const waiting = await unlessAborted(stopped.signal, asked);
      if (waiting.length === 0) continue;
      pipeline = await startCallbacks(home, await skills());
      await pipeline.ready;
      return;
    }
  })();
  looking.catch((error: Error) => {
    if (stopped.signal.aborted) return;
    home.options.log("error", "callbacks cannot be given", { error: error.message });
  });
  return {
    async stop(deadlineMs) {
      stopped.abort();
      await looking.catch(() => undefined);
      await pipeline?.drain(deadlineMs).catch(() => undefined);
    },
  };
}

function startCallbacks(home: Home, { options, permissions }: SkillSet): Promise<Pipeline> {
  const { concurrency } = options;
  return home.supervisor.pipeline({
    name: "callbacks",
    stages: [
      { stage: "callback-source", options: { concurrency } },
      {
        stage: "skill-sink",
        options: { concurrency, relay: { destination: "", terminalPubkey: "" }, permissions },
      },
    ],
    services: {
      store: home.services.store,
      signer: home.services.signer,
      skills: { local: "skills", options, needs: ["store", "signer"] },
    },
    quarantine: "store",
  });
}
