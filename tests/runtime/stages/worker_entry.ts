/// <reference lib="deno.worker" />
import { hostWorker, type WorkerScope } from "../../../runtime/worker_host.ts";
import { TEST_TABLES } from "./tables.ts";

hostWorker(self as unknown as WorkerScope, TEST_TABLES);
