/**
 * Services that run inside a stage's own worker. base/service.ts describes services with their own worker.
 *
 * @module
 */
import type { ServiceContext } from "../base/service.ts";

/** The context of a service inside a stage's worker. */
export interface LocalServiceContext extends ServiceContext {
  /** Aborted when the worker is told to stop at once. */
  readonly signal: AbortSignal;
  /** Registers what is done when its unit ends, and waited for, at most a second. It is not done if the worker dies. */
  readonly atEnd: (work: () => Promise<void>) => void;
}

/**
 * Makes a service inside the stage's worker, under the stage's permissions, for example a session with a socket or a skill host. `services`
 * has the remote ones, and local ones that were made before it.
 */
export type LocalServiceFactory = (
  // deno-lint-ignore no-explicit-any
  options: any,
  // deno-lint-ignore no-explicit-any
  services: any,
  context: LocalServiceContext,
) => unknown;
