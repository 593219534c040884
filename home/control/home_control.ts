/**
 * Serves the control socket of a home, for the service `control`.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import { homeMethods } from "../client/home_methods.ts";
import { alwaysAtWork } from "../client/home_work.ts";
import { type ControlHandler, serveControl } from "./control_server.ts";
import type { Control, ControlRemotes, ControlServiceOptions } from "./control_service.ts";
import { homeHandlers } from "./home_socket.ts";
import { servedNeeds } from "./served_needs.ts";

/** Begins to serve. `close` ends it. */
export async function homeControl(
  { path, about, oneOff = false }: ControlServiceOptions,
  { store, relayReader, manager, jobLogs, blobs, messages, quotes }: ControlRemotes,
): Promise<Control & { close(): Promise<void> }> {
  const stop = Promise.withResolvers<void>();
  const sequence = Promise.withResolvers<void>();
  let told: Readonly<Record<string, unknown>> = {};
  const always = alwaysAtWork(sequence.resolve);
  const { work, needs } = servedNeeds(always);
  const server = await serveControl({
    path,
    handlers: {
      ...homeHandlers(
        homeMethods({
          store,
          relayReader,
          jobLogs: jobLogs ?? null,
          blobs: blobs ?? null,
          messages: messages ?? null,
          manager: manager ?? null,
          quotes: quotes ?? null,
          callbacks: !oneOff,
          work: oneOff ? work : always,
        }),
      ),
      ...processHandlers(store, () => ({ ...about, ...told }), stop.resolve),
    },
  });
  return {
    ...needs,
    untilStop: () => stop.promise,
    untilSequence: () => sequence.promise,
    tell(status) {
      told = status;
      return Promise.resolve();
    },
    close: () => server.close(),
  };
}

/** The methods about the process, not about the home. */
export function processHandlers(
  store: Pick<Store, "totals" | "pauses">,
  about: () => Readonly<Record<string, unknown>>,
  onStop: () => void,
): Readonly<Record<string, ControlHandler>> {
  return {
    status: async () => {
      const now = about();
      const [totals, pauses] = await Promise.all([store.totals(), store.pauses()]);
      const sinceMs = pauses[now.role === "node" ? "selling" : "buying"];
      return {
        ...now,
        totals,
        ...sinceMs !== null && { paused_since: new Date(sinceMs).toISOString() },
      };
    },
    stop: () => {
      onStop();
      return {};
    },
  };
}
