/// <reference lib="deno.worker" />
/**
 * The module of a worker that hosts what no one group holds: it knows every stage and service. They are imported later, when the
 * global scope was narrowed.
 *
 * @module
 */
import { LOCAL_SERVICES, SERVICES, STAGES } from "./tables.ts";
import { hostWorker, type WorkerScope } from "../../runtime/worker_host.ts";

hostWorker(self as unknown as WorkerScope, {
  stages: STAGES,
  services: SERVICES,
  locals: LOCAL_SERVICES,
});
