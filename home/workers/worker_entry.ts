/// <reference lib="deno.worker" />
/**
 * The module of a worker that no single group covers. It has every stage and service. They are imported later, after the global scope was
 * reduced.
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
