/**
 * The control socket of a home, and the services that report to people and programs outside.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const CONTROL = {
  stages: {},
  services: {
    "control": async () => (await import("../../control/control_service.ts")).definition,
    "webhook": async () => (await import("../../alerts/webhook_service.ts")).definition,
    "desktop": async () => (await import("../../alerts/desktop_service.ts")).definition,
    "tracing": async () => (await import("../../tracing/tracing_service.ts")).definition,
    "packet-tracing": async () =>
      (await import("../../tracing/packet_tracing_service.ts")).definition,
    "metrics": async () => (await import("../../metrics/metrics_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
