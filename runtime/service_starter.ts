/**
 * Starts services, each in a worker of its own with exactly the permissions that it declares.
 *
 * @module
 */
import { rebuildError } from "../base/ports/wire_error.ts";
import type { Log } from "../base/log/log.ts";
import type { ServiceDefinition } from "../base/service.ts";
import type { Heartbeat } from "./heartbeat.ts";
import {
  type Connection,
  type HostedService,
  hostedService,
  type ServiceHandle,
} from "./hosted_service.ts";
import { workerPermissions } from "./permissions.ts";
import { type Spawn, SupervisedWorker } from "./supervised_worker.ts";
import { SupervisorStopped } from "./supervisor_stopped.ts";
import type { Counters } from "./worker_messages.ts";

/** A service that was started and may not be ready yet. */
// deno-lint-ignore no-explicit-any
export interface StartedService<Service extends object = any> extends HostedService<Service> {
  /** Resolves when it is; rejects with the error with which it could not start. */
  readonly ready: Promise<void>;
}

/** What a caller is told of a service that it started. */
export interface ServiceEvents {
  /** Its death is told here, and the process lives on. */
  readonly onDeath?: (error: Error) => void;
  /** Told once the service had nothing to do for so long, and again after each further such time. */
  readonly rest?: { readonly afterMs: number; readonly idle: () => void };
}

/** What a starter works with. */
interface StarterParts {
  readonly spawn: Spawn;
  readonly heartbeat: Heartbeat;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly find: (name: string) => Promise<ServiceDefinition>;
  /** Throws once nothing may be started any more. */
  readonly refuseStopped: () => void;
  /** Told of a death that nobody else is told of. */
  readonly died: (name: string, error: Error) => void;
  /** Those that run, in the order of their start. */
  readonly services: ServiceHandle[];
}

/** Starts services, and counts what they do over all their lives. */
interface ServiceStarter {
  readonly start: (
    name: string,
    options?: unknown,
    given?: Readonly<Record<string, ServiceHandle>>,
    events?: ServiceEvents,
  ) => Promise<StartedService>;
  readonly counters: () => Readonly<Record<string, Counters>>;
}

/** Makes it. */
export function serviceStarter(parts: StarterParts): ServiceStarter {
  const { spawn, heartbeat, nowMs, log, services } = parts;
  const counters: Record<string, Counters> = {};
  /** Of workers that were stopped: a service that starts again goes on counting. */
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
    const worker = new SupervisedWorker({
      name,
      spawn,
      permissions: workerPermissions(definition.permissions(options)),
      units: [name],
      nowMs,
      onMessage: (message) => {
        if (message.type === "ready") {
          worker.started = true;
          started.resolve();
        } else if (message.type === "pong") {
          counted(message.units[name]);
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
        heartbeat.remove(worker);
        for (const connection of connections) connection.close();
        if (!worker.started) return started.reject(rebuildError(error));
        if (events.onDeath !== undefined) return events.onDeath(rebuildError(error));
        parts.died(name, rebuildError(error));
      },
    });
    heartbeat.add(worker);
    worker.post({
      type: "init",
      unit: name,
      kind: "service",
      name,
      options,
      services: sources,
      hosting: {},
      ...events.rest !== undefined && { restAfterMs: events.rest.afterMs },
    }, connections.map(({ port }) => port));
    // Whoever awaits `ready` hears of a failure; one that nobody awaits any more is no unhandled rejection.
    started.promise.catch(() => undefined);
    const hosted = hostedService(name, worker, definition.methods);
    const handle: StartedService = {
      ...hosted,
      ready: started.promise,
      async stop() {
        heartbeat.remove(worker);
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
