/**
 * Answers questions for the logs of a provider's jobs over its relay, in a worker that can reach the relay and nothing else.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Log } from "../../base/log/log.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";

/** The relay. */
interface RelayLogServiceOptions {
  readonly relayUrl: string;
  /** `host:port`. */
  readonly host: string;
}

/** For the host: the service `job-log-answers`. It has no methods. */
export const definition = defineService({
  name: "job-log-answers",
  methods: [] as const,
  services: ["store", "signer"] as const,
  permissions: ({ host }: RelayLogServiceOptions) => ({ net: [host] }),
  async start(
    { relayUrl }: RelayLogServiceOptions,
    { store, signer }: { readonly store: Store; readonly signer: Signer },
    { clock, log }: { readonly clock: () => number; readonly log: Log },
  ): Promise<{ close(): void }> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [{ answerOverRelay }, { openRelaySession }, { createVerifier }] = await Promise.all([
      import("./relay_log_answers.ts"),
      import("../../peers/relay/open_relay_session.ts"),
      import("../../protocols/nostr/verifier.ts"),
    ]);
    const session = openRelaySession({ url: relayUrl, clock, signer });
    const over = new AbortController();
    const deps = { store, signer, clock, log, verifier: await createVerifier() };
    answerOverRelay(session, deps, over.signal).catch((error) =>
      log("warn", "logs are not given over the relay", { reason: messageOf(error) })
    );
    return {
      close() {
        over.abort();
        session.close();
      },
    };
  },
  stop: (service: { close(): void }): Promise<void> => Promise.resolve(service.close()),
});
