/// <reference lib="deno.worker" />
/**
 * The module that this worker of the embedded network starts with.
 *
 * @module
 */
import { hostWorker, type WorkerScope } from "../../../runtime/worker_host.ts";
import { BLOBS } from "../groups/blobs.ts";

hostWorker(self as unknown as WorkerScope, BLOBS);
