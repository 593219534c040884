/**
 * The control socket of a home, in its own worker. Other commands of the home call its methods, ask for its status, or tell it to stop.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { Control, ControlRemotes, ControlServiceOptions } from "./home_control.ts";

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
  optionalServices: ["manager", "jobLogs", "blobs", "messages", "quotes", "market"] as const,
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
