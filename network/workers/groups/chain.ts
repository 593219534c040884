/**
 * The worker group of the service that sets up the embedded chain.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** The service of these workers. The import is literal, as everywhere in the tables. */
export const CHAIN = {
  stages: {},
  services: {
    "dev-chain": async () => (await import("../../chain/dev_chain_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
