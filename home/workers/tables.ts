/**
 * Every stage and service by its name. A service or stage is added to one group (`groups/`) and is found by name everywhere.
 *
 * @module
 */
import { AUDIT } from "./groups/audit.ts";
import { STORE } from "./groups/store.ts";
import { KEYS } from "./groups/keys.ts";
import { CHAIN } from "./groups/chain.ts";
import { RELAY } from "./groups/relay.ts";
import { RELAY_WRITERS } from "./groups/relay_writers.ts";
import { FILES } from "./groups/files.ts";
import { CONNECTOR } from "./groups/connector.ts";
import { CONNECTOR_ACCOUNT } from "./groups/connector_account.ts";
import { SKILLS } from "./groups/skills.ts";
import { CONTROL } from "./groups/control.ts";
import { FLOW } from "./groups/flow.ts";
import { MARKET } from "./groups/market.ts";
import type { WorkerTables } from "../../runtime/worker_host.ts";

const TABLES: readonly WorkerTables[] = [
  AUDIT,
  STORE,
  KEYS,
  CHAIN,
  RELAY,
  RELAY_WRITERS,
  FILES,
  CONNECTOR,
  CONNECTOR_ACCOUNT,
  SKILLS,
  CONTROL,
  FLOW,
  MARKET,
];

/** Every stage by its name. */
export const STAGES: WorkerTables["stages"] = merged("stages");

/** Every service that lives in its own worker, by its name. */
export const SERVICES = {
  ...AUDIT.services,
  ...STORE.services,
  ...KEYS.services,
  ...CHAIN.services,
  ...RELAY.services,
  ...RELAY_WRITERS.services,
  ...FILES.services,
  ...CONNECTOR.services,
  ...CONNECTOR_ACCOUNT.services,
  ...SKILLS.services,
  ...CONTROL.services,
  ...FLOW.services,
  ...MARKET.services,
} as const satisfies WorkerTables["services"];

/** Every service that lives in a stage's worker, by its name. */
export const LOCAL_SERVICES: WorkerTables["locals"] = merged("locals");

function merged<Table extends keyof WorkerTables>(table: Table): WorkerTables[Table] {
  return Object.assign({}, ...TABLES.map((tables) => tables[table]));
}
