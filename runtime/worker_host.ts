/**
 * The code of a worker: it hosts the stages or services that the supervisor names, and answers pings.
 *
 * Held: for each unit what its module says, and at most 256 log lines between two pings; further lines are dropped and counted.
 *
 * @module
 */
import { RECEIVED, type RpcClient, rpcClient, serveRpc } from "../base/ports/rpc.ts";
import { flattenError } from "../base/ports/wire_error.ts";
import type { StageDefinition } from "../stages/stage.ts";
import type { Log } from "../base/log/log.ts";
import { attachmentOf, localPipes } from "./attachment.ts";
import { moveClients, type ServiceAtWork, tellIdle } from "./idle_service.ts";
import { Observation } from "./observation.ts";
import type { ServiceDefinition } from "../base/service.ts";
import type { LocalServiceFactory } from "./service.ts";
import { sinkUnit } from "./sink_unit.ts";
import { sourceUnit } from "./source_unit.ts";
import { transformUnit } from "./transform_unit.ts";
import type { Unit, UnitParts, UnitReports } from "./unit.ts";
import { workerImmediate } from "./worker_immediate.ts";
import { lightTimers } from "./light_timers.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

const LOG_LINES_PER_PING = 256;

/** Names and their modules. Each entry is a literal dynamic import, because a worker without permissions can load no other module. */
export interface WorkerTables {
  /** Stages by name. */
  readonly stages: Readonly<Record<string, () => Promise<StageDefinition>>>;
  /** Services with a worker of their own. */
  readonly services: Readonly<Record<string, () => Promise<ServiceDefinition>>>;
  /** Services inside a stage's worker. */
  readonly locals: Readonly<Record<string, () => Promise<LocalServiceFactory>>>;
}

/** The part of a worker's global scope that the host uses. */
export interface WorkerScope {
  /** Sends a message to the supervisor. */
  postMessage(message: unknown): void;
  /** Listens to the supervisor and to errors. */
  addEventListener(type: string, listener: (event: Event) => void): void;
}

interface Hosted {
  readonly observation: Observation;
  /** Aborted when the unit ends. */
  readonly over: AbortController;
  /** Clients that connected while the service was starting. */
  readonly early: Map<number, MessagePort>;
  /** Services in other workers that it calls. */
  readonly remote: RpcClient<object>[];
  /** What its local services do at the end. */
  readonly endings: (() => Promise<void>)[];
  /** Set when they have begun. */
  finished?: Promise<unknown>;
  unit?: Unit;
  service?: ServiceAtWork;
}

/** Serves the supervisor for the life of the worker. Call it once, before anything else is imported. */
export function hostWorker(scope: WorkerScope, tables: WorkerTables): void {
  // A worker without permissions still has both: one writes to disk, the other reaches every worker.
  for (const name of ["caches", "BroadcastChannel"]) Reflect.deleteProperty(globalThis, name);
  // Deno's own timers would load modules of Node. A test that hosts a worker in the main thread passes another scope, and keeps them.
  if (scope as unknown === globalThis) {
    for (const [name, value] of Object.entries({ ...lightTimers(), ...workerImmediate() })) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
  const hosted = new Map<string, Hosted>();
  const pipe = localPipes();
  let logLines = 0;

  const post = (message: FromWorker) => scope.postMessage(message);
  const failed = (unit: string | null) => (error: unknown) =>
    post({ type: "failed", unit, error: flattenError(error) });
  scope.addEventListener("error", (event) => {
    event.preventDefault();
    failed(null)((event as ErrorEvent).error);
  });
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    failed(null)((event as PromiseRejectionEvent).reason);
  });

  const logOf = (unit: string, observation: Observation): Log => (level, msg, fields = {}) => {
    if (++logLines > LOG_LINES_PER_PING) return observation.count("log_dropped");
    const entries = Object.entries(fields).filter(([, field]) => field !== undefined);
    const told = Object.fromEntries(entries) as Extract<FromWorker, { type: "log" }>["fields"];
    post({ type: "log", unit, level, msg, fields: told });
  };

  const servicesOf = async (message: Extract<ToWorker, { type: "init" }>, entry: Hosted, told: {
    readonly clock: () => number;
    readonly log: Log;
    readonly count: (counter: string, by?: number) => void;
  }) => {
    const atEnd = (work: () => Promise<void>) => void entry.endings.push(work);
    const context = { ...told, signal: entry.over.signal, atEnd };
    const services: Record<string, unknown> = {};
    // What stays for ever refers to nothing of the message, whose options may have a passphrase.
    const { unit } = message;
    for (const source of message.services) {
      if ("port" in source) {
        const { name: service, port, methods, asleep } = source;
        const wake = () => post({ type: "need", unit, service });
        const called = (method: string) => context.count(`${service}.${method}`);
        const client = rpcClient(port, methods, asleep ? { wake, called } : { called });
        services[service] = client;
        entry.remote.push(client);
        continue;
      }
      const factory = await lookUp(tables.locals, "local service", source.local);
      services[source.name] = await factory(source.options, services, context);
    }
    return services;
  };

  const init = async (message: Extract<ToWorker, { type: "init" }>) => {
    const { unit: name, options, hosting } = message;
    const observation = new Observation();
    const entry: Hosted = {
      observation,
      over: new AbortController(),
      early: new Map(),
      remote: [],
      endings: [],
    };
    hosted.set(name, entry);
    const context = {
      clock: () => Date.now(),
      log: logOf(name, observation),
      count: observation.count,
    };
    const services = await servicesOf(message, entry, context);
    if (message.kind === "service") {
      const definition = await lookUp(tables.services, "service", message.name);
      const implementation = await definition.start(options, services, context);
      entry.service = { definition, implementation, clients: new Map() };
      for (const [client, port] of entry.early) serve(entry, client, port);
      entry.early.clear();
      if (message.restAfterMs !== undefined) {
        tellIdle(
          entry.service,
          message.restAfterMs,
          entry.over.signal,
          () => post({ type: "idle", unit: name }),
        );
      }
    } else {
      const definition = await lookUp(tables.stages, "stage", message.name);
      const reports: UnitReports = {
        failed: failed(name),
        breach: (side, error) =>
          post({ type: "breach", unit: name, side, error: flattenError(error) }),
        done: () => post({ type: "done", unit: name }),
        wanted: () => post({ type: "wanted", unit: name }),
        progress: (settled) => post({ type: "progress", unit: name, settled }),
      };
      const parts = { definition, options, services, context, hosting, observation, reports };
      entry.unit = await unitOf(parts);
    }
    post({ type: "ready", unit: name });
  };

  const finished = (entry: Hosted) =>
    entry.finished ??= Promise.allSettled(entry.endings.map((work) => work()));
  const end = async (entry: Hosted) => {
    const { over, remote, unit, service } = entry;
    over.abort();
    unit?.stop();
    await finished(entry);
    // The supervisor closes its ports next, with whatever is in them.
    await Promise.all(remote.map((client) => client[RECEIVED]()));
    for (const client of service?.clients.values() ?? []) client.close();
    await service?.definition.stop?.(service.implementation);
  };
  const close = async (unit: string) => {
    const entry = hosted.get(unit);
    hosted.delete(unit);
    if (entry !== undefined) await end(entry);
    post({ type: "closed", unit });
  };
  const stop = async () => {
    for (const entry of hosted.values()) {
      entry.over.abort();
      // All begin at once, because the worker has only a second.
      void finished(entry);
    }
    for (const entry of hosted.values()) await end(entry);
    post({ type: "stopped" });
  };

  const handle = (message: ToWorker): void => {
    switch (message.type) {
      case "init":
        return void init(message).catch(failed(message.unit));
      case "load":
        return loadEarly(tables, message.names);
      case "attach":
        hosted.get(message.unit)?.unit?.attach(attachmentOf(message, pipe));
        return post({ type: "attached", unit: message.unit, generation: message.generation });
      case "connect": {
        const entry = hosted.get(message.unit);
        if (entry?.service !== undefined) serve(entry, message.client, message.port);
        else entry?.early.set(message.client, message.port);
        return;
      }
      case "disconnect": {
        const entry = hosted.get(message.unit);
        entry?.early.delete(message.client);
        const clients = entry?.service?.clients;
        clients?.get(message.client)?.close();
        clients?.delete(message.client);
        return;
      }
      case "rest": {
        const { service, unit, observation } = hosted.get(message.unit)!;
        const rests = service === undefined
          ? unit?.rest?.(message.generation ?? 0) ?? false
          : moveClients(service, message.ports, message.anyway);
        const counters = observation.counters();
        const { generation = 0 } = message;
        return post({ type: "rested", unit: message.unit, rests, counters, generation });
      }
      case "ping": {
        logLines = 0;
        const units: Record<string, Record<string, number>> = {};
        const samples: Record<string, ReturnType<Observation["samples"]>> = {};
        for (const [name, { observation }] of hosted) {
          observation.tapped = message.tap;
          units[name] = observation.counters();
          if (message.tap) samples[name] = observation.samples();
        }
        return post({ type: "pong", nonce: message.nonce, units, samples });
      }
      case "drain":
        return hosted.get(message.unit)?.unit?.drain();
      case "close":
        return void close(message.unit).catch(failed(message.unit));
      case "stop":
        return void stop().catch(failed(null));
    }
  };
  scope.addEventListener("message", (event) => handle((event as MessageEvent<ToWorker>).data));
}

/**
 * Loads the modules of those names that a table has, and those that a stage loads only where it runs. If a module cannot be loaded, nothing
 * happens here; the unit that needs it reports it.
 */
export function loadEarly(tables: WorkerTables, names: readonly string[]): void {
  const { stages, services, locals } = tables;
  for (const name of names) {
    if (Object.hasOwn(stages, name)) {
      stages[name]().then((stage) => stage.load?.()).catch(() => undefined);
    }
    for (const table of [services, locals]) {
      if (Object.hasOwn(table, name)) table[name]().catch(() => undefined);
    }
  }
}

function serve({ service, observation }: Hosted, client: number, port: MessagePort): void {
  const { definition: { methods }, implementation, clients } = service!;
  const called = (method: string) => observation.count(`served ${method}`);
  clients.set(client, serveRpc(port, implementation, { methods, called }));
}

function unitOf(parts: UnitParts): Promise<Unit> {
  switch (parts.definition.role) {
    case "source":
      return sourceUnit(parts);
    case "transform":
      return transformUnit(parts);
    case "sink":
      return sinkUnit(parts);
  }
}

/** An entry of a table; RangeError if there is none. */
export function lookUp<T>(
  table: Readonly<Record<string, () => Promise<T>>>,
  what: string,
  name: string,
): Promise<T> {
  if (!Object.hasOwn(table, name)) throw new RangeError(`Cannot find ${what} ${name}`);
  return table[name]();
}
