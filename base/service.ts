/**
 * Describes a service with its own worker: its name, its permissions, the methods that may be called, and how it starts. The host
 * (runtime/) reads the permissions here and loads the implementation in the worker.
 *
 * @module
 */
import type { Log } from "./log/log.ts";

/** The permissions of one worker. The host refuses keys that Deno does not know, because Deno ignores them silently. */
export interface DeclaredPermissions {
  /** Hosts, `name:port`. */
  readonly net?: readonly string[];
  /** Files and folders. */
  readonly read?: readonly string[];
  /** Files and folders. */
  readonly write?: readonly string[];
  /** Programs, by absolute path if it is known. */
  readonly run?: readonly string[];
  /** Names of variables. */
  readonly env?: readonly string[];
  /** System information, in Deno's names. */
  readonly sys?: readonly string[];
}

/** What a hosted service receives in addition to its options. */
export interface ServiceContext {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Lines for the program log. */
  readonly log: Log;
  /** Adds to a counter that `pong` carries to the supervisor. */
  readonly count: (counter: string, by?: number) => void;
}

/** The `definition` that a service file exports: a service in its own worker that answers over ports. */
// deno-lint-ignore no-explicit-any
export interface ServiceDefinition<Options = any, Service extends object = any, Remotes = any> {
  /** Its name in the service table. */
  readonly name: string;
  /** The exact permissions that the service needs for these options; `{}` is none. */
  readonly permissions: (options: Options) => DeclaredPermissions;
  /** The only methods that others may call. */
  readonly methods: readonly (keyof Service & string)[];
  /**
   * Whether it may share a worker with other services and stages that have the same permissions and load the same modules. Default no: a
   * service that holds keys is alone. If the worker dies, the service is gone, also if another one was the cause.
   */
  readonly shares?: boolean;
  /** Names of the services that it calls itself. */
  readonly services?: readonly string[];
  /** Further services, which it uses if they are provided. */
  readonly optionalServices?: readonly string[];
  /** Options must survive a structured clone. If it rejects, the caller that asked for the service gets the error and cannot use it. */
  readonly start: (
    options: Options,
    services: Remotes,
    context: ServiceContext,
  ) => Promise<Service>;
  /** Whether its worker may end now and start again at the next call; asked while no call is in progress. Default yes. */
  readonly mayRest?: (service: Service) => boolean;
  /** Called once before the worker ends, e.g. to flush. */
  readonly stop?: (service: Service) => Promise<void>;
}

/**
 * Checks a definition against its service: every offered method exists, and options and remotes fit `start`. The result has the type that
 * was written, so that a `start` that needs less accepts less.
 */
export function defineService<
  Options,
  Service extends object,
  Remotes = unknown,
  Definition = ServiceDefinition<Options, Service, Remotes>,
>(definition: Definition & ServiceDefinition<Options, Service, Remotes>): Definition {
  return definition;
}
