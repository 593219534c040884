/**
 * The stages and services that reach the connector.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const CONNECTOR = {
  stages: {
    "prepare-sink": async () =>
      (await import("../../../stages/prepare_sink_definition.ts")).definition,
  },
  services: {
    "job-logs": async () => (await import("../../../market/logs/job_log_service.ts")).definition,
    "quotes": async () => (await import("../../../market/quotes/quotes_service.ts")).definition,
  },
  locals: {
    connector: async () => (await import("../../local/connector.ts")).default,
    results: async () => (await import("../../local/results.ts")).default,
  },
} as const satisfies WorkerTables;
