/**
 * Groups of stages and services that share a worker's entry module. A worker loads only the modules of its group, which halves its start
 * time. A service or stage is added to one group; callers find it by its name.
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

/** Makes a worker of one group. Each group has a literal URL, so that a bundler finds the module. */
type MakeWorker = (options: WorkerOptions) => Worker;

/** A group: its stages and services, and the function that makes its worker. */
interface Group {
  readonly tables: WorkerTables;
  readonly make: MakeWorker;
}

const GROUPS: readonly Group[] = [
  {
    tables: STORE,
    make: (options) => new Worker(new URL("./entries/store.ts", import.meta.url), options),
  },
  {
    tables: AUDIT,
    make: (options) => new Worker(new URL("./entries/audit.ts", import.meta.url), options),
  },
  {
    tables: KEYS,
    make: (options) => new Worker(new URL("./entries/keys.ts", import.meta.url), options),
  },
  {
    tables: CHAIN,
    make: (options) => new Worker(new URL("./entries/chain.ts", import.meta.url), options),
  },
  {
    tables: RELAY,
    make: (options) => new Worker(new URL("./entries/relay.ts", import.meta.url), options),
  },
  {
    tables: RELAY_WRITERS,
    make: (options) => new Worker(new URL("./entries/relay_writers.ts", import.meta.url), options),
  },
  {
    tables: FILES,
    make: (options) => new Worker(new URL("./entries/files.ts", import.meta.url), options),
  },
  {
    tables: CONNECTOR,
    make: (options) => new Worker(new URL("./entries/connector.ts", import.meta.url), options),
  },
  {
    tables: CONNECTOR_ACCOUNT,
    make: (options) =>
      new Worker(new URL("./entries/connector_account.ts", import.meta.url), options),
  },
  {
    tables: SKILLS,
    make: (options) => new Worker(new URL("./entries/skills.ts", import.meta.url), options),
  },
  {
    tables: CONTROL,
    make: (options) => new Worker(new URL("./entries/control.ts", import.meta.url), options),
  },
  {
    tables: FLOW,
    make: (options) => new Worker(new URL("./entries/flow.ts", import.meta.url), options),
  },
  {
    tables: MARKET,
    make: (options) => new Worker(new URL("./entries/market.ts", import.meta.url), options),
  },
];

/** The number of the group of a stage or service. Units of one group load the same modules. */
export function groupOf(unit: string): string {
  return String(GROUPS.findIndex((group) => has(group, unit)));
}

/** Makes a worker for these stages and services: from their group, or one that contains all groups. */
export function makeWorker(units: readonly string[], options: WorkerOptions): Worker {
  const group = GROUPS.find((each) => units.every((unit) => has(each, unit)));
  return group === undefined
    ? new Worker(new URL("./worker_entry.ts", import.meta.url), options)
    : group.make(options);
}

function has({ tables: { stages, services } }: Group, unit: string): boolean {
  return Object.hasOwn(stages, unit) || Object.hasOwn(services, unit);
}
