/**
 * The control socket of a home, in its own worker. Other commands of the home call its methods, ask for its status, or tell it to stop.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Blobs } from "../../market/blobs/blobs.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { MoneyMover } from "../../money/channels/money_mover.ts";
import type { JobLogReader } from "../../market/logs/job_log_reader.ts";
import type { Messages } from "../../market/messages/messages.ts";
import type { QuoteAsker } from "../../market/quotes/quotes_service.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import type { Store } from "../../store/store.ts";
import type { NeedsOfCalls } from "./served_needs.ts";

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
}

/** The service `control` for the worker host. */
export const definition = defineService({
  name: "control",
  methods: [
    "untilStop",
    "untilSequence",
    "tell",
    "nextNeed",
    "untilNeedIsOver",
    "refuseNeed",
  ] as const,
  services: ["store", "relayReader"] as const,
  optionalServices: ["manager", "jobLogs", "blobs", "messages", "quotes"] as const,
  permissions: ({ path }: ControlServiceOptions) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    return { net: [`unix:${path}`], read: [path, folder], write: [path] };
  },
  async start(
    options: ControlServiceOptions,
    remotes: ControlRemotes,
  ): Promise<Control & { close(): Promise<void> }> {
    // Loaded only in the worker. The supervisor reads this file just for the permissions.
    const { homeControl } = await import("./home_control.ts");
    return await homeControl(options, remotes);
  },
  stop: (control: { close(): Promise<void> }): Promise<void> => control.close(),
});
