/// <reference lib="deno.worker" />
/**
 * The module that this worker of the embedded network starts with.
 *
 * @module
 */
import { hostWorker, type WorkerScope } from "../../../runtime/worker_host.ts";
import { VERIFIER } from "../groups/verifier.ts";

hostWorker(self as unknown as WorkerScope, VERIFIER);
