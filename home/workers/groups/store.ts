/**
 * The store, the only worker that reads and writes its folder.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const STORE = {
  stages: {},
  services: {
    "store": async () => (await import("../../../store/store_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
