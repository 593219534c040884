/**
 * The pipeline that gives documents to a buyer's callback skills: callbackSource → skillSink. Its workers have the permissions of skills,
 * so it is separate from the pipeline that reads the relay. It starts with the first document, because most homes have no callbacks.
 *
 * @module
 */
import { unlessAborted } from "../base/until_aborted.ts";
import type { Home } from "./home.ts";
import type { SkillSet } from "./inbound.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** The skills of callbacks. */
export interface CallbackSkills extends SkillSet {
  /** Gives up their work folder, after the end of the last run. */
  leave(): Promise<void>;
}

/** Runs callbacks until it is stopped. */
export interface RunningCallbacks {
  /**
   * Starts no new callbacks. Running ones may continue until `deadlineMs`; those that do not end in time are run again later. Leaves no empty
   * work folder.
   */
  stop(deadlineMs: number): Promise<void>;
}

/** A new document ends the wait at once. This limit releases the store's memory of a caller that is gone. */
const WAIT_MS = 30_000;

/** Starts to look for documents. `skills` is called once, at the first document. */
export function runCallbacks(
  home: Home,
  skills: () => Promise<CallbackSkills>,
): RunningCallbacks {
  const stopped = new AbortController();
  let pipeline: Pipeline | null = null;
  let set: CallbackSkills | null = null;
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      // Also counts a document that is due later, because the pipeline keeps the times.
      const asked = home.store.waitingCallbacks([], Number.MAX_SAFE_INTEGER, 1, WAIT_MS);
      const waiting = await unlessAborted(stopped.signal, asked);
      if (waiting.length === 0) continue;
      set = await skills();
      pipeline = await startCallbacks(home, set);
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
      await set?.leave();
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
