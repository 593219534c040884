/**
 * A supervisor for the product's workers: every stage and service of `groups.ts`.
 *
 * @module
 */
import {
  createSupervisor as superviseWith,
  type Supervisor as SupervisorOf,
  type SupervisorOptions,
} from "../../runtime/supervisor.ts";
import type { ServiceTable } from "../../runtime/typed_services.ts";
import { groupOf, makeWorker } from "./groups.ts";
import { SERVICES, STAGES } from "./tables.ts";

/** Starts the product's own services by their names. */
export type Supervisor = SupervisorOf<typeof SERVICES>;

type Options<Services extends ServiceTable> =
  & Omit<SupervisorOptions<Services>, "spawn" | "tables">
  & Partial<SupervisorOptions<Services>>;

/** Makes a supervisor. Tests and the embedded network pass their own worker module (`spawn`) and its tables. */
export function createSupervisor<Services extends ServiceTable = typeof SERVICES>(
  options: Options<Services>,
): SupervisorOf<Services> {
  // Without tables of its own, the caller gets the product's.
  const tables = { stages: STAGES, services: SERVICES as ServiceTable as Services };
  return superviseWith({
    tables,
    groupOf,
    spawn: (name, permissions, units) =>
      makeWorker(units, { type: "module", name, deno: { permissions } }),
    ...options,
  });
}
