/**
 * The service that builds requests and reads the market's offers. It has no permissions.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const MARKET = {
  stages: {},
  services: {
    "market": async () => (await import("../../../market/market_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
