/**
 * The services that reach the chain's RPC hosts.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const CHAIN = {
  stages: {},
  services: {
    "chain": async () => (await import("../../../money/evm/chain_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
