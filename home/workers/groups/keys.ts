/**
 * The services that hold keys. They have no network, and files only while a wallet is read or made.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const KEYS = {
  stages: {},
  services: {
    "signer": async () => (await import("../../../money/signer/signer_definition.ts")).definition,
    "signer-keys": async () =>
      (await import("../../../money/signer/signer_definition.ts")).storelessDefinition,
    "key-reader": async () => (await import("../../../money/wallet/key_reader.ts")).definition,
    "key-maker": async () =>
      (await import("../../../money/wallet/key_maker_service.ts")).definition,
    "wallet": async () => (await import("../../../money/wallet/wallet_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
