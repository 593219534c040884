/**
 * Starts services, each in a worker with exactly the permissions that it declares: its own, or one that it shares.
 *
 * @module
 */
import { rebuildError } from "../base/ports/wire_error.ts";
import type { Log } from "../base/log/log.ts";
import type { ServiceDefinition } from "../base/service.ts";
import {
  type Connection,
  type HostedService,
  hostedService,
  type ServiceHandle,
} from "./hosted_service.ts";
import { workerPermissions } from "./permissions.ts";
import { SupervisorStopped } from "./supervisor_stopped.ts";
import type { WorkerLeases } from "./worker_leases.ts";
import type { Counters } from "./worker_messages.ts";

/** A service that was started and may not be ready yet. */
// deno-lint-ignore no-explicit-any
export interface StartedService<Service extends object = any> extends HostedService<Service> {
  /** Resolves when the service is ready; rejects with the error that prevented its start. */
  readonly ready: Promise<void>;
}

/** Events of a service that its starter can handle. */
export interface ServiceEvents {
  /** Called when the service dies. Then the process continues. */
  readonly onDeath?: (error: Error) => void;
  /** `idle` is called after the service was idle for `afterMs`, and again after each further such time. */
  readonly rest?: { readonly afterMs: number; readonly idle: () => void };
}

/** What a starter is made from. */
interface StarterParts {
  readonly leases: WorkerLeases;
  /** Whether services that may share a worker do. */
  readonly shares: boolean;
  readonly log: Log;
  readonly find: (name: string) => Promise<ServiceDefinition>;
  /** Throws after the supervisor was stopped. */
  readonly refuseStopped: () => void;
  /** Called for a death without `onDeath`. */
  readonly died: (name: string, error: Error) => void;
  /** The running services, in the order of their start. */
  readonly services: ServiceHandle[];
}

/** Starts services, and sums their counters over all their workers. */
interface ServiceStarter {
  readonly start: (
    name: string,
    options?: unknown,
    given?: Readonly<Record<string, ServiceHandle>>,
    events?: ServiceEvents,
  ) => Promise<StartedService>;
  readonly counters: () => Readonly<Record<string, Counters>>;
}

/** Makes a starter. */
export function serviceStarter(parts: StarterParts): ServiceStarter {
  const { leases, shares, log, services } = parts;
  let units = 0;
  const counters: Record<string, Counters> = {};
  /** Counters of stopped workers, so that a restarted service continues counting. */
  const past: Record<string, Counters> = {};

  const start: ServiceStarter["start"] = async (name, options, given = {}, events = {}) => {
    const definition = await parts.find(name);
    parts.refuseStopped();
    const connections: Connection[] = [];
    const { services: needs = [], optionalServices = [] } = definition;
    const optional = optionalServices.filter((wanted) => given[wanted] !== undefined);
    const sources = [...needs, ...optional].map((needed) => {
      if (given[needed] === undefined) throw new RangeError(`Cannot start ${name}: no ${needed}`);
      const connection = given[needed].connect();
      connections.push(connection);
      const { port, methods } = connection;
      return { name: needed, port, methods, asleep: given[needed].wake !== undefined };
    });
    const started = Promise.withResolvers<void>();
    const counted = (now: Counters = {}) => {
      counters[name] = sumOf(past[name], now);
    };
    const shared = shares && definition.shares === true;
    const unit = shared ? `${name}#${units++}` : name;
    let isReady = false;
    const worker = leases.take({
      units: [unit],
      stages: [name],
      permissions: workerPermissions(definition.permissions(options)),
      shared,
      onMessage: (message) => {
        if (message.type === "pong") return counted(message.units[unit]);
        // A worker may host others too.
        if (!("unit" in message) || message.unit !== unit) return;
        if (message.type === "ready") {
          isReady = true;
          worker.ready();
          started.resolve();
        } else if (message.type === "need") {
          given[message.service]?.wake?.();
        } else if (message.type === "idle") {
          events.rest?.idle();
        } else if (message.type === "rested") {
          counted(message.counters);
          hosted.rested(message.rests);
        } else if (message.type === "log") {
          log(message.level, message.msg, { ...message.fields, service: name });
        }
      },
      onDeath: ({ error }) => {
        for (const connection of connections) connection.close();
        if (!isReady) return started.reject(rebuildError(error));
        if (events.onDeath !== undefined) return events.onDeath(rebuildError(error));
        parts.died(name, rebuildError(error));
      },
    });
    worker.post({
      type: "init",
      unit,
      kind: "service",
      name,
      options,
      services: sources,
      hosting: {},
      ...events.rest !== undefined && { restAfterMs: events.rest.afterMs },
    }, connections.map(({ port }) => port));
    // Callers that await `ready` see the failure. Without a caller it must not be an unhandled rejection.
    started.promise.catch(() => undefined);
    const hosted = hostedService(name, unit, worker, definition.methods);
    const handle: StartedService = {
      ...hosted,
      ready: started.promise,
      async stop() {
        const at = services.indexOf(handle);
        if (at >= 0) services.splice(at, 1);
        past[name] = counters[name] ?? {};
        await hosted.stop();
        started.reject(new SupervisorStopped());
        for (const connection of connections) connection.close();
      },
    };
    services.push(handle);
    return handle;
  };
  return { start, counters: () => ({ ...counters }) };
}

function sumOf(past: Counters = {}, now: Counters): Counters {
  const sum: Record<string, number> = { ...past };
  for (const [name, count] of Object.entries(now)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
