/**
 * A verifier as a service in a worker of its own, for a service that may start no workers itself. The shape is the host's
 * ServiceDefinition; it is met here without an import, because services stand below the pipeline.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Verdict } from "../../protocols/nostr/verifier.ts";

/** Good signatures that are remembered, so that the check and the write of one event verify once. */
const REMEMBERED = 8_192;

/** The verifier as others call it over a port. */
export interface RemoteVerifier {
  /** Verdicts in the order of the events. */
  verify(events: readonly NostrEvent[]): Promise<Verdict[]>;
}

/** Names the service for the host: no permission, nothing kept but what was found good. */
export const definition = {
  name: "verifier",
  permissions: () => ({}),
  methods: ["verify"],
  start: async () => {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const { createVerifier } = await import("../../protocols/nostr/verifier.ts");
    const verifier = await createVerifier({ remember: REMEMBERED });
    return { verify: (events: readonly NostrEvent[]) => events.map(verifier.verify) };
  },
} as const;
