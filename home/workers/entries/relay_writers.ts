/// <reference lib="deno.worker" />
/**
 * The module that workers of this group start with: a worker reads the modules of its own group, not of the whole program.
 *
 * @module
 */
import { RELAY_WRITERS } from "../groups/relay_writers.ts";
import { hostWorker, type WorkerScope } from "../../../runtime/worker_host.ts";

hostWorker(self as unknown as WorkerScope, RELAY_WRITERS);
