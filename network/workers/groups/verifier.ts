/**
 * The worker group of the services that check signatures for the embedded network's relay.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** The service of these workers. The import is literal, as everywhere in the tables. */
export const VERIFIER = {
  stages: {},
  services: {
    "verifier": async () => (await import("../../../verifier/verifier_service.ts")).definition,
    "verifier-helper": async () =>
      (await import("../../../verifier/verifier_service.ts")).helperDefinition,
  },
  locals: {},
} as const satisfies WorkerTables;
