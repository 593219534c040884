/**
 * The services that write to relays, and the one of the Lightning wallet, which is reached over a relay.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const RELAY_WRITERS = {
  stages: {},
  services: {
    "relay-copies": async () =>
      (await import("../../../market/relay_copies_service.ts")).definition,
    "job-log-answers": async () =>
      (await import("../../../market/logs/relay_log_service.ts")).definition,
    "lightning": async () =>
      (await import("../../../market/lightning/lightning_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
