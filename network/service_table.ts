/**
 * The services of the embedded network that live in workers of their own. Each import is literal, as in the pipeline's tables.
 *
 * @module
 */
import type { ServiceDefinition } from "../pipeline/service.ts";
import { SERVICES } from "../pipeline/groups.ts";

/** Name → the `definition` of the service's file: the network's own and those of the pipeline. */
export const NETWORK_SERVICES: Readonly<Record<string, () => Promise<ServiceDefinition>>> = {
  ...SERVICES,
  relay: async () => (await import("./relay/relay_service.ts")).definition,
  "dev-chain": async () => (await import("./chain/dev_chain_service.ts")).definition,
  connector: async () => (await import("./connector/connector_service.ts")).definition,
};
