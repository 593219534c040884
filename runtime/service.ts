/**
 * The contract between a service and the worker that hosts it, and the ways in which a stage gets its services.
 *
 * @module
 */
import type { StagePermissions } from "../stages/stage.ts";
import type { Log } from "../base/log/log.ts";

/** What a hosted service may have beside its options. */
interface ServiceContext {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Lines for the program log. */
  readonly log: Log;
  /** Adds to a counter that `pong` carries to the supervisor. */
  readonly count: (counter: string, by?: number) => void;
}

/** What a service file exports as `definition`: the service in a worker of its own, answering over ports. */
// deno-lint-ignore no-explicit-any
export interface ServiceDefinition<Options = any, Service extends object = any, Remotes = any> {
  /** Its name in the service table. */
  readonly name: string;
  /** Exactly what the service needs for these options; `{}` is none. */
  readonly permissions: (options: Options) => StagePermissions;
  /** What may be called from outside, and nothing else. */
  readonly methods: readonly string[];
  /** Names of the services that it calls itself. */
  readonly services?: readonly string[];
  /** Further ones, which it uses where they are given. */
  readonly optionalServices?: readonly string[];
  /** Options survive a structured clone. A rejection is fatal to whoever asked for the service. */
  readonly start: (
    options: Options,
    services: Remotes,
    context: ServiceContext,
  ) => Promise<Service>;
  /** Called once before the worker ends, e.g. to flush. */
  readonly stop?: (service: Service) => Promise<void>;
}

/** Keeps the types of a definition without repeating them. */
export function defineService<Options, Service extends object, Remotes = unknown>(
  definition: ServiceDefinition<Options, Service, Remotes>,
): ServiceDefinition<Options, Service, Remotes> {
  return definition;
}

/** What a service that lives inside a stage's own worker may have. */
export interface LocalServiceContext extends ServiceContext {
  /** Aborted when the worker is told to stop at once. */
  readonly signal: AbortSignal;
}

/**
 * Makes a service inside the stage's own worker, under the stage's permissions: a session that holds a socket, a skill host.
 * `services` are the remote ones, and local ones named before it.
 */
export type LocalServiceFactory = (
  // deno-lint-ignore no-explicit-any
  options: any,
  // deno-lint-ignore no-explicit-any
  services: any,
  context: LocalServiceContext,
) => unknown;
