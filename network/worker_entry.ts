/// <reference lib="deno.worker" />
/**
 * The module that every worker of the embedded network starts with.
 *
 * @module
 */
import { hostWorker, type WorkerScope } from "../pipeline/worker_host.ts";
import { NETWORK_SERVICES } from "./service_table.ts";

hostWorker(self as unknown as WorkerScope, { stages: {}, services: NETWORK_SERVICES, locals: {} });
