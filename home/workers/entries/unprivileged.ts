/// <reference lib="deno.worker" />
/**
 * The module that workers of this group start with: a worker reads the modules of its own group, not of the whole program.
 *
 * @module
 */
import { UNPRIVILEGED } from "../groups/unprivileged.ts";
import { hostWorker, type WorkerScope } from "../../../runtime/worker_host.ts";

hostWorker(self as unknown as WorkerScope, UNPRIVILEGED);
