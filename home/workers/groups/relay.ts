/**
 * The stage and the services that read relays.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const RELAY = {
  stages: {
    "relay-source": async () =>
      (await import("../../../stages/relay_source_definition.ts")).definition,
  },
  services: {
    "relay-reader": async () =>
      (await import("../../../market/relay_reader_service.ts")).definition,
    "relay-reader-anonymous": async () =>
      (await import("../../../market/relay_reader_service.ts")).anonymousDefinition,
    "relay-copies": async () =>
      (await import("../../../market/relay_copies_service.ts")).definition,
  },
  locals: { relay: async () => (await import("../../local/relay.ts")).default },
} as const satisfies WorkerTables;
