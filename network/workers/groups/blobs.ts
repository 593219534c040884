/**
 * The worker group of the embedded network's blob server.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** The service of these workers. The import is literal, as everywhere in the tables. */
export const BLOBS = {
  stages: {},
  services: {
    "blob-server": async () => (await import("../../relay/blob_server_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
