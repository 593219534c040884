/**
 * Services that live inside a stage's own worker; those with a worker of their own are described by base/service.ts.
 *
 * @module
 */
import type { ServiceContext } from "../base/service.ts";

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
