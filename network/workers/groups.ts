/**
 * The services of the embedded network, each in its own group of workers, in addition to the services of a home.
 *
 * @module
 */
import { makeWorker } from "../../home/workers/groups.ts";
import { SERVICES } from "../../home/workers/tables.ts";
import type { WorkerTables } from "../../runtime/worker_host.ts";
import { BLOBS } from "./groups/blobs.ts";
import { CHAIN } from "./groups/chain.ts";
import { CONNECTOR } from "./groups/connector.ts";
import { PROBE } from "./groups/probe.ts";
import { RELAY } from "./groups/relay.ts";
import { VERIFIER } from "./groups/verifier.ts";

/** Name → the `definition` of the service's file: the network's own services and those of a home. */
export const NETWORK_SERVICES = {
  ...SERVICES,
  ...BLOBS.services,
  ...CHAIN.services,
  ...CONNECTOR.services,
  ...PROBE.services,
  ...RELAY.services,
  ...VERIFIER.services,
} as const satisfies WorkerTables["services"];

/** Makes the worker of one of these services. The URLs are literals, so that a bundler finds the modules. */
export function makeNetworkWorker(units: readonly string[], options: WorkerOptions): Worker {
  switch (units[0]) {
    case "relay":
      return new Worker(new URL("./entries/relay.ts", import.meta.url), options);
    case "blob-server":
      return new Worker(new URL("./entries/blobs.ts", import.meta.url), options);
    case "verifier":
    case "verifier-helper":
      return new Worker(new URL("./entries/verifier.ts", import.meta.url), options);
    case "connector":
      return new Worker(new URL("./entries/connector.ts", import.meta.url), options);
    case "dev-chain":
      return new Worker(new URL("./entries/chain.ts", import.meta.url), options);
    case "self-probe":
      return new Worker(new URL("./entries/probe.ts", import.meta.url), options);
    default:
      return makeWorker(units, options);
  }
}
