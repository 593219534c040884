/**
 * The pipeline that gives a buyer's callback skills their documents: callbackSource → skillSink. It is started when the first document
 * waits, since most homes have none, and its workers hold what skills need; the pipeline that reads the relay holds nothing of it.
 *
 * @module
 */
import type { Home } from "./home.ts";
import type { SkillSet } from "./inbound.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** Gives callbacks until it is stopped. */
export interface CallbackKeeper {
  /** Takes nothing new; what runs may go on until `deadlineMs`, and is given again later where it does not end. */
  stop(deadlineMs: number): Promise<void>;
}

const WAIT_MS = 1_000;

/** Starts looking. `skills` is asked once, when the first document waits. */
export function keepCallbacks(home: Home, skills: () => Promise<SkillSet>): CallbackKeeper {
  const stopped = new AbortController();
  let pipeline: Pipeline | null = null;
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      const due = await home.store.waitingCallbacks([], Date.now(), 1, WAIT_MS);
      if (due.length === 0 || stopped.signal.aborted) continue;
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
