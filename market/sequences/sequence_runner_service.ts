/**
 * Runs sequences in a worker without permissions. It reads strangers' results, and asks relay and store over ports. It spends money only by
 * adding rows, which the outbound pipeline sends as it sends the rows of any job.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { RelayReader } from "../relay_questions.ts";
import type { QuoteAsker } from "../quotes/quotes_service.ts";
import type { Store } from "../../store/store.ts";
import type { SequenceBuyer } from "./buy_step.ts";
import type { SequenceRunnerDeps } from "./sequence_runner.ts";

/** For the host: the service `sequences`. It runs every sequence of its network from its start to its end. */
export const definition = defineService({
  name: "sequences",
  methods: [] as const,
  services: ["store", "relayReader"] as const,
  optionalServices: ["quotes"] as const,
  permissions: (_buyer: SequenceBuyer): Record<string, never> => ({}),
  async start(
    buyer: SequenceBuyer,
    { store, relayReader, quotes }: {
      readonly store: Store;
      readonly relayReader: RelayReader;
      readonly quotes?: QuoteAsker;
    },
    { clock, log }: Pick<SequenceRunnerDeps, "clock" | "log">,
  ): Promise<{ readonly stop: () => void }> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const { intake } = await import("../intake.ts");
    const { readResultDocument: readResult } = await import("../read_result_document.ts");
    const { runSequences } = await import("./sequence_runner.ts");
    const abort = new AbortController();
    const deps: SequenceRunnerDeps = {
      buyer,
      store,
      relayReader,
      ...quotes && { quotes },
      intake: intake({ clock }),
      readResult,
      clock,
      log,
      pause: (ms, signal) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, ms);
          signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
        }),
    };
    runSequences(deps, abort.signal).catch((error) => {
      if (abort.signal.aborted) return;
      // Nobody calls this service, so no caller would see the error. It is thrown here, so that the worker fails and its process is
      // restarted.
      queueMicrotask(() => {
        throw error;
      });
    });
    return { stop: () => abort.abort() };
  },
  stop: (runner: { readonly stop: () => void }): Promise<void> => Promise.resolve(runner.stop()),
});
