/// <reference lib="deno.worker" />
/** A hosted worker that tells what `setTimeout` returned, and how long the timer took. */
import { hostWorker, type WorkerScope } from "../../runtime/worker_host.ts";

hostWorker(self as unknown as WorkerScope, { stages: {}, services: {}, locals: {} });

const startedAt = performance.now();
const timer: unknown = setTimeout(
  () => self.postMessage({ kind: typeof timer, tookMs: performance.now() - startedAt }),
  20,
);
