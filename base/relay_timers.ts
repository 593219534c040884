/**
 * Timers as an argument, so that tests own the time.
 *
 * @module
 */

/** What a session needs to wait. */
export interface Timers {
  /** Calls `run` once after `ms`; gives a handle for {@link Timers.clear}. */
  set(run: () => void, ms: number): unknown;
  /** Forgets a timer; a handle that has run or is unknown is no error. */
  clear(handle: unknown): void;
}

/** The timers of the process. */
export const systemTimers: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (handle) => clearTimeout(handle as number),
};
