/**
 * Every service that lives in a worker of its own, by name. Each import is literal, as in the stage table.
 *
 * @module
 */
import type { ServiceDefinition } from "./service.ts";

/** Name → the `definition` of the service's file. */
export const SERVICES: Readonly<Record<string, () => Promise<ServiceDefinition>>> = {
  store: async () => (await import("../services/store/store_service.ts")).definition,
  signer: async () => (await import("../services/signer/signer_service.ts")).definition,
  "signer-unattended": async () =>
    (await import("../services/signer/signer_service.ts")).unattendedDefinition,
  "signer-keys": async () =>
    (await import("../services/signer/signer_service.ts")).storelessDefinition,
  "key-reader": async () => (await import("../services/wallet/key_reader.ts")).definition,
  "key-maker": async () => (await import("../services/wallet/key_maker_service.ts")).definition,
  chain: async () => (await import("../services/chain/chain_service.ts")).definition,
  "relay-reader": async () =>
    (await import("../services/market/relay_reader_service.ts")).definition,
  "relay-reader-anonymous": async () =>
    (await import("../services/market/relay_reader_service.ts")).anonymousDefinition,
  market: async () => (await import("../services/market/market_service.ts")).definition,
  account: async () => (await import("../services/connector/account_service.ts")).definition,
  control: async () => (await import("../services/control/control_service.ts")).definition,
  "skill-catalog": async () => (await import("../skills/catalog_service.ts")).definition,
};
