/**
 * The worker group of the embedded network's relay.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** The service of these workers. The import is literal, as everywhere in the tables. */
export const RELAY = {
  stages: {},
  services: { "relay": async () => (await import("../../relay/relay_service.ts")).definition },
  locals: {},
} as const satisfies WorkerTables;
