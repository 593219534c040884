/**
 * What may share the module that a worker starts with. A worker loads the modules of its group alone, which halves the time until it
 * is ready; a service or stage is added to one group and is found by name everywhere.
 *
 * @module
 */
import { AUDIT } from "./groups/audit.ts";
import { STORE } from "./groups/store.ts";
import { KEYS } from "./groups/keys.ts";
import { CHAIN } from "./groups/chain.ts";
import { CHANNEL_MANAGER } from "./groups/channel_manager.ts";
import { RELAY } from "./groups/relay.ts";
import { CONNECTOR } from "./groups/connector.ts";
import { SKILLS } from "./groups/skills.ts";
import { CONTROL } from "./groups/control.ts";
import { FLOW } from "./groups/flow.ts";
import type { WorkerTables } from "../../runtime/worker_host.ts";

/** What makes a worker of one group. The URL is written out in each, so that a bundler finds the module. */
type MakeWorker = (options: WorkerOptions) => Worker;

/** A group: what its workers know, and how one is made. */
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
    tables: CHANNEL_MANAGER,
    make: (options) =>
      new Worker(new URL("./entries/channel_manager.ts", import.meta.url), options),
  },
  {
    tables: RELAY,
    make: (options) => new Worker(new URL("./entries/relay.ts", import.meta.url), options),
  },
  {
    tables: CONNECTOR,
    make: (options) => new Worker(new URL("./entries/connector.ts", import.meta.url), options),
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
];

/** A number for the group that a stage is of: those of one group load the same modules. */
export function groupOf(stage: string): string {
  return String(GROUPS.findIndex(({ tables }) => Object.hasOwn(tables.stages, stage)));
}

/** Makes a worker for these stages and services: of their group, or one that knows everything. */
export function makeWorker(units: readonly string[], options: WorkerOptions): Worker {
  const knows = ({ tables: { stages, services } }: Group) =>
    units.every((unit) => Object.hasOwn(stages, unit) || Object.hasOwn(services, unit));
  const group = GROUPS.find(knows);
  return group === undefined
    ? new Worker(new URL("./worker_entry.ts", import.meta.url), options)
    : group.make(options);
}
