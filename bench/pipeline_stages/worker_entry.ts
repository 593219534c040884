/// <reference lib="deno.worker" />
/** The module of the bench's workers. */
import { hostWorker, type WorkerScope } from "../../runtime/worker_host.ts";
import { TABLES } from "./tables.ts";

hostWorker(self as unknown as WorkerScope, TABLES);
