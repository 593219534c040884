/**
 * What needs no permission, in one worker of a one-off command: the stages between source and sink, the channel manager, and the service that
 * builds requests. A daemon has a worker for each of their groups.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";
import { CHANNEL_MANAGER } from "./channel_manager.ts";
import { FLOW } from "./flow.ts";
import { MARKET } from "./market.ts";

/** Stages, services and local services of these workers. */
export const UNPRIVILEGED = {
  stages: FLOW.stages,
  services: { ...FLOW.services, ...CHANNEL_MANAGER.services, ...MARKET.services },
  locals: FLOW.locals,
} as const satisfies WorkerTables;
