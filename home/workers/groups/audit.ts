/**
 * The audit, the only worker that runs git on the state folder.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const AUDIT = {
  stages: {},
  services: {
    "audit": async () => (await import("../../../trail/audit/audit_definition.ts")).definition,
    "outer-exclude": async () =>
      (await import("../../../trail/audit/exclude_definition.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
