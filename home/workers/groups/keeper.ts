/**
 * What manages channels: no permission of its own.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const KEEPER: WorkerTables = {
  stages: {},
  services: {
    "channel-keeper": async () =>
      (await import("../../../money/channels/keeper_service.ts")).definition,
    "channel-keeper-provable": async () =>
      (await import("../../../money/channels/keeper_service.ts")).provableDefinition,
  },
  locals: {},
};
