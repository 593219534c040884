/**
 * A verifier as a service in a worker of its own, for a service that may start no workers itself, and its helpers, each in a worker
 * of its own too. The shapes are the host's ServiceDefinition; they are met here without an import, because services stand below
 * the pipeline.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import type { Verdict } from "../protocols/nostr/verifier.ts";
import type {
  VerifierQueue,
  VerifierQueueOptions,
  VerifierQueueStatus,
  Wish,
  Work,
  WorkDone,
} from "./verifier_queue.ts";

/** The verifier as those call it who have events. */
export interface RemoteVerifier {
  /** Verdicts in the order of the events. */
  verify(events: readonly NostrEvent[]): Promise<Verdict[]>;
}

/** The verifier as those call it who keep its helpers, and as the helpers do. See `VerifierQueue`. */
interface RemoteVerifierQueue extends RemoteVerifier {
  work(helper: number, done: WorkDone | null): Promise<Work | null>;
  wish(): Promise<Wish>;
  status(): Promise<VerifierQueueStatus>;
}

/** Names the service for the host: no permission, nothing kept but what was found good. */
export const definition = defineService({
  name: "verifier",
  permissions: () => ({}),
  methods: ["verify", "work", "wish", "status"],
  start: async (options: VerifierQueueOptions = {}): Promise<VerifierQueue> => {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const [{ signatureBatch }, { VerifierQueue }] = await Promise.all([
      import("../protocols/nostr/signature_batch.ts"),
      import("./verifier_queue.ts"),
    ]);
    return new VerifierQueue(signatureBatch(), options);
  },
});

/** A helper: no permission either. It asks for work until it is told to end. */
export const helperDefinition = {
  name: "verifier-helper",
  permissions: () => ({}),
  methods: [],
  services: ["verifier"],
  start: async (
    { helper }: { readonly helper: number },
    { verifier }: { readonly verifier: Pick<RemoteVerifierQueue, "work"> },
  ): Promise<object> => {
    const { signatureBatch } = await import("../protocols/nostr/signature_batch.ts");
    const check = signatureBatch();
    const help = async () => {
      let done: WorkDone | null = null;
      for (;;) {
        const work: Work | null = await verifier.work(helper, done);
        if (work === null) return;
        done = { batch: work.batch, good: check(work.bytes) };
      }
    };
    // Two: the next batch is on its way while one is checked. The end of the verifier is the end of its helpers.
    for (let at = 0; at < 2; at++) help().catch(() => undefined);
    return {};
  },
} as const;
