/**
 * A verifier as a service in its own worker, for services that may not start workers, and its helpers, each also in its own worker.
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

/** The verifier for callers with events. */
export interface RemoteVerifier {
  /** Verdicts in the order of the events. */
  verify(events: readonly NostrEvent[]): Promise<Verdict[]>;
  /** The same for callers that have recomputed the ids. See `VerifierQueue`. */
  verifySignatures(packed: Uint8Array): Promise<Uint8Array>;
}

/** The verifier for its helpers and for the code that manages them. See `VerifierQueue`. */
interface RemoteVerifierQueue extends RemoteVerifier {
  work(helper: number, done: WorkDone | null): Promise<Work | null>;
  wish(): Promise<Wish>;
  status(): Promise<VerifierQueueStatus>;
}

/** The service for its host: no permission, and no state except remembered signatures. */
export const definition = defineService({
  name: "verifier",
  permissions: () => ({}),
  methods: ["verify", "verifySignatures", "work", "wish", "status"],
  start: async (options: VerifierQueueOptions = {}): Promise<VerifierQueue> => {
    // Loaded only in the worker. The supervisor reads this file just for the permissions.
    const [{ signatureBatch }, { VerifierQueue }] = await Promise.all([
      import("../protocols/nostr/signature_batch.ts"),
      import("./verifier_queue.ts"),
    ]);
    return new VerifierQueue(signatureBatch(), options);
  },
});

/** A helper, also without permissions. It asks for work until it is told to end. */
export const helperDefinition = defineService({
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
    // Two requests, so that the next batch arrives while one is checked. If the verifier ends, its helpers end too.
    for (let at = 0; at < 2; at++) help().catch(() => undefined);
    return {};
  },
});
