/**
 * Serves the control socket of a home, for the service `control`.
 *
 * @module
 */
import type { Blobs } from "../../market/blobs/blobs.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { MoneyMover } from "../../money/channels/money_mover.ts";
import type { JobLogReader } from "../../market/logs/job_log_reader.ts";
import type { Market } from "../../market/market_service.ts";
import type { Messages } from "../../market/messages/messages.ts";
import type { QuoteAsker } from "../../market/quotes/quotes_service.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import type { Store } from "../../store/store.ts";
import { homeMethods } from "../client/home_methods.ts";
import { alwaysAtWork } from "../client/home_work.ts";
import { type ControlHandler, serveControl } from "./control_server.ts";
import { homeHandlers } from "./home_socket.ts";
import { type NeedsOfCalls, servedNeeds } from "./served_needs.ts";

/** The facts about this daemon. */
export interface ControlServiceOptions {
  /** Absolute path of the socket. */
  readonly path: string;
  /** The facts that any caller may read. */
  readonly about: object;
  /**
   * True if this process runs its pipelines only for calls; false by default. Such a process accepts no jobs with a callback skill.
   */
  readonly oneOff?: boolean;
}

/** The main thread's side of the service. */
export interface Control extends NeedsOfCalls {
  /** Resolves when a caller told the daemon to stop. */
  untilStop(): Promise<void>;
  /** Resolves at the first sequence that a caller submits: somebody must run it. */
  untilSequence(): Promise<void>;
  /** Sets the fields that `status` adds to the store's totals. */
  tell(status: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The services that it calls. */
export interface ControlRemotes {
  readonly store: Store;
  readonly relayReader: RelayReader;
  readonly manager?: ChannelManager & MoneyMover;
  readonly jobLogs?: JobLogReader;
  readonly blobs?: Blobs;
  readonly messages?: Messages;
  readonly quotes?: QuoteAsker;
  readonly market?: Market;
}

/** Begins to serve. `close` ends it. */
export async function homeControl(
  { path, about, oneOff = false }: ControlServiceOptions,
  { store, relayReader, manager, jobLogs, blobs, messages, quotes, market }: ControlRemotes,
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
          market: market ?? null,
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
