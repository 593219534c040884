/**
 * The services that ask connectors about accounts and addresses. They are rarely needed.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const CONNECTOR_ACCOUNT = {
  stages: {},
  services: {
    "counterparty": async () =>
      (await import("../../../peers/connector/counterparty_service.ts")).definition,
    "spsp": async () => (await import("../../../market/terms/spsp_service.ts")).definition,
    "account": async () => (await import("../../../peers/connector/account_service.ts")).definition,
  },
  locals: {},
} as const satisfies WorkerTables;
