/**
 * The worker group of the embedded network's connector.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** The service of these workers. The import is literal, as everywhere in the tables. */
export const CONNECTOR = {
  stages: {},
  services: {
    "connector": async () => (await import("../../connector/connector_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
