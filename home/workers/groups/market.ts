/**
 * The services without permissions that hold no key: one builds requests and reads the market's offers, the others manage channels. In a
 * one-off command they share a worker. If it dies, the command ends, as with each of its services alone.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const MARKET = {
  stages: {},
  services: {
    "market": async () => (await import("../../../market/market_service.ts")).definition,
    "channel-manager": async () =>
      (await import("../../../money/channels/manager_service.ts")).definition,
    "channel-manager-provable": async () =>
      (await import("../../../money/channels/manager_service.ts")).provableDefinition,
  },
  locals: {},
} as const satisfies WorkerTables;
