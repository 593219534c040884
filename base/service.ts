/**
 * A service in a worker of its own, from one description: its name, what it may do, what may be called, and how it begins. The host
 * (runtime/) reads the permissions here and loads the implementation in the worker.
 *
 * @module
 */
import type { Log } from "./log/log.ts";

/** The permissions of one worker. Keys that Deno does not know are refused by the host, since Deno ignores them silently. */
export interface DeclaredPermissions {
  /** Hosts, `name:port`. */
  readonly net?: readonly string[];
  /** Files and folders. */
  readonly read?: readonly string[];
  /** Files and folders. */
  readonly write?: readonly string[];
  /** Programs, by absolute path where that is known. */
  readonly run?: readonly string[];
  /** Names of variables. */
  readonly env?: readonly string[];
  /** System facts, as Deno names them. */
  readonly sys?: readonly string[];
}

/** What a hosted service may have beside its options. */
export interface ServiceContext {
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
  readonly permissions: (options: Options) => DeclaredPermissions;
  /** What may be called from outside, and nothing else. */
  readonly methods: readonly (keyof Service & string)[];
  /** Names of the services that it calls itself. */
  readonly services?: readonly string[];
  /** Further ones, which it uses where they are given. */
  readonly optionalServices?: readonly string[];
  /** Options survive a structured clone. When it rejects, the caller that asked for the service gets the error and cannot use it. */
  readonly start: (
    options: Options,
    services: Remotes,
    context: ServiceContext,
  ) => Promise<Service>;
  /** Whether its worker may end now and start again when it is called; asked while no call is under way. Yes unless told. */
  readonly mayRest?: (service: Service) => boolean;
  /** Called once before the worker ends, e.g. to flush. */
  readonly stop?: (service: Service) => Promise<void>;
}

/**
 * Holds a definition to its service: every method that is offered is there, and options and remotes are what `start` takes. It comes back
 * as it was written, so that a `start` that needs less can be given less.
 */
export function defineService<
  Options,
  Service extends object,
  Remotes = unknown,
  Definition = ServiceDefinition<Options, Service, Remotes>,
>(definition: Definition & ServiceDefinition<Options, Service, Remotes>): Definition {
  return definition;
}
