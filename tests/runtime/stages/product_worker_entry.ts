/// <reference lib="deno.worker" />
import { hostWorker, type WorkerScope } from "../../../runtime/worker_host.ts";
import { PRODUCT_TABLES } from "./product_tables.ts";

hostWorker(self as unknown as WorkerScope, PRODUCT_TABLES);
