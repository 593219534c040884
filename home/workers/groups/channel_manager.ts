/**
 * The services that manage channels. They have no permissions.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const CHANNEL_MANAGER = {
  stages: {},
  services: {
    "channel-manager": async () =>
      (await import("../../../money/channels/manager_service.ts")).definition,
    "channel-manager-provable": async () =>
      (await import("../../../money/channels/manager_service.ts")).provableDefinition,
  },
  locals: {},
} as const satisfies WorkerTables;
