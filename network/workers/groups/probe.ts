/**
 * The worker group of the service that checks whether the embedded network's servers still answer.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** The service of these workers. The import is literal, as everywhere in the tables. */
export const PROBE = {
  stages: {},
  services: {
    "self-probe": async () => (await import("../../door/self_probe_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
