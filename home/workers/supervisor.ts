/**
 * A supervisor with the product's own workers: every stage and service of `groups.ts`.
 *
 * @module
 */
import {
  createSupervisor as superviseWith,
  type Supervisor,
  type SupervisorOptions,
} from "../../runtime/supervisor.ts";
import { groupOf, makeWorker } from "./groups.ts";
import { SERVICES, STAGES } from "./tables.ts";

/** Makes it. Tests and the embedded network bring their own worker module (`spawn`) and its tables. */
export function createSupervisor(
  options: Omit<SupervisorOptions, "spawn" | "tables"> & Partial<SupervisorOptions>,
): Supervisor {
  return superviseWith({
    tables: { stages: STAGES, services: SERVICES },
    groupOf,
    spawn: (name, permissions, units) =>
      makeWorker(units, { type: "module", name, deno: { permissions } }),
    ...options,
  });
}
