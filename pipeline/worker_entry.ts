/// <reference lib="deno.worker" />
/**
 * The module that every worker of the product starts with. It imports the host and the tables; stages are imported later,
 * when the global scope was narrowed.
 *
 * @module
 */
import { LOCAL_SERVICES } from "./local_services.ts";
import { SERVICES } from "./service_table.ts";
import { STAGES } from "./stage_table.ts";
import { hostWorker, type WorkerScope } from "./worker_host.ts";

hostWorker(self as unknown as WorkerScope, {
  stages: STAGES,
  services: SERVICES,
  locals: LOCAL_SERVICES,
});
