/**
 * The members of a pipeline: one for each stage, several for a pool. Each worker that hosts members has a slot.
 *
 * @module
 */
import type { StageDefinition } from "../stages/stage.ts";
import type { Connection } from "./hosted_service.ts";
import { type WorkerPermissions, workerPermissions } from "./permissions.ts";
import type { PipelineSpec } from "./pipeline_spec.ts";
import type { WorkerLease } from "./worker_leases.ts";
import type { Counters, ServiceSource, ToWorker } from "./worker_messages.ts";

/** One stage, or one member of a pool. */
export interface Member {
  /** Its name, unique among all units of the supervisor. */
  readonly unit: string;
  /** Index of its stage in the pipeline, from 0. */
  readonly stageIndex: number;
  /** The stage that it runs. */
  readonly definition: StageDefinition;
  /** The options of the stage. */
  readonly options: unknown;
  /** Whether its worker has started it. */
  ready: boolean;
  /** Its connections to services, closed when its worker is given up. */
  connections: Connection[];
  /** Counters of its earlier workers; `present` has those of the current one. */
  past: Record<string, number>;
  /** Counters of the current worker as of its last pong. */
  present: Counters;
}

/** The place of one worker; the worker in it may be replaced. */
export interface Slot {
  /** What the worker may do. */
  readonly permissions: WorkerPermissions;
  /** The members that the worker hosts. */
  readonly members: Member[];
  /** Whether slots of other pipelines may share the worker. */
  readonly shared: boolean;
  /** Its worker, or null if there is none now. */
  worker: WorkerLease | null;
  /** Whether it needs no worker until an item comes. */
  resting: boolean;
}

/** How stages are distributed over workers. */
export interface Sharing {
  /** Stages with the same key share a worker, except pools. Null gives each stage its own worker. */
  readonly key: ((stage: string, permissions: WorkerPermissions) => string) | null;
  /** Returns a number that no other unit of this process has. */
  readonly serial: () => number;
}

/** The members and slots of a pipeline. */
export function membersOf(
  spec: PipelineSpec,
  definitions: readonly StageDefinition[],
  { key: keyOf, serial }: Sharing,
): { readonly members: Member[][]; readonly slots: Slot[] } {
  const slots: Slot[] = [];
  const byKey = new Map<string, Slot>();
  const members = spec.stages.map(({ options, pool = 1 }, stageIndex) => {
    const definition = definitions[stageIndex];
    const permissions = workerPermissions(definition.permissions(options));
    const key = pool === 1 && keyOf !== null ? keyOf(definition.name, permissions) : null;
    return Array.from({ length: pool }, (): Member => {
      const member: Member = {
        unit: `${spec.name}/${stageIndex}-${definition.name}#${serial()}`,
        stageIndex,
        definition,
        options,
        ready: false,
        connections: [],
        past: {},
        present: {},
      };
      const mate = key === null ? undefined : byKey.get(key);
      if (mate !== undefined) mate.members.push(member);
      else {
        const slot: Slot = {
          ...{ permissions, members: [member], shared: key !== null },
          ...{ worker: null, resting: false },
        };
        slots.push(slot);
        if (key !== null) byKey.set(key, slot);
      }
      return member;
    });
  });
  return { members, slots };
}

/** The `init` message of a member with new connections to its services, and the ports to transfer. */
export function initOf(
  spec: PipelineSpec,
  member: Member,
  seqBase: number,
): { readonly message: ToWorker; readonly ports: MessagePort[] } {
  const { definition, unit, options } = member;
  const source = definition.role === "source";
  const { quarantine, unsettled, carefulMs } = spec;
  const names = source && quarantine !== undefined
    ? [...definition.services, quarantine]
    : definition.services;
  member.connections = [];
  const ports: MessagePort[] = [];
  const services: ServiceSource[] = withNeeds(spec, names).map((name) => {
    const service = spec.services![name]!;
    if ("local" in service) return { name, local: service.local, options: service.options };
    const connection = service.connect();
    member.connections.push(connection);
    ports.push(connection.port);
    const { port, methods } = connection;
    return { name, port, methods, asleep: service.wake !== undefined };
  });
  const hosting = source
    ? {
      seqBase,
      ...(quarantine === undefined ? {} : { quarantine }),
      ...(unsettled === undefined ? {} : { unsettled }),
      ...(carefulMs === undefined ? {} : { carefulMs }),
    }
    : {};
  const name = definition.name;
  const message = { type: "init", unit, kind: "stage", name, options, services, hosting } as const;
  return { message, ports };
}

/** A separate slot for each of its members, not shared. They continue there after their worker died. */
export function apart({ permissions, members }: Slot): Slot[] {
  return members.map((member) => ({
    permissions,
    members: [member],
    shared: false,
    worker: null,
    resting: false,
  }));
}

/** Empties the slot of a worker that is out of use: its connections are closed, its counters stay in the sum. */
export function vacate(slot: Slot): void {
  for (const connection of leave(slot)) connection.close();
}

/** The same without closing the connections, which are returned. */
export function leave(slot: Slot): Connection[] {
  const connections = slot.members.flatMap((member) => member.connections);
  slot.worker = null;
  for (const member of slot.members) {
    member.ready = false;
    member.connections = [];
    for (const [counter, by] of Object.entries(member.present)) {
      member.past[counter] = (member.past[counter] ?? 0) + by;
    }
    member.present = {};
  }
  return connections;
}

/** The services in an order in which each comes after the services that it needs. */
function withNeeds(spec: PipelineSpec, names: readonly string[]): string[] {
  const ordered = new Set<string>();
  const visit = (name: string, path: readonly string[]) => {
    if (ordered.has(name)) return;
    const service = spec.services?.[name];
    if (service === null) return;
    if (service === undefined || path.includes(name)) {
      throw new RangeError(`Cannot provide the service ${[...path, name].join(" > ")}`);
    }
    if ("local" in service) {
      for (const need of service.needs ?? []) visit(need, [...path, name]);
    }
    ordered.add(name);
  };
  for (const name of names) visit(name, []);
  return [...ordered];
}

/** The counters of each stage, by its name: those of its ended workers and of its present one. */
export function sumOfCounters(members: readonly Member[]): Readonly<Record<string, Counters>> {
  const sums: Record<string, Record<string, number>> = {};
  for (const { definition, past, present } of members) {
    const sum = sums[definition.name] ??= {};
    for (const counters of [past, present]) {
      for (const [name, by] of Object.entries(counters)) sum[name] = (sum[name] ?? 0) + by;
    }
  }
  return sums;
}
