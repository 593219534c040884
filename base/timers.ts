/**
 * Time as an argument: money code never reads a clock or sets a timer of its own, so a simulation owns both.
 *
 * @module
 */

/** A clock and one-shot timers. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `ms`; the result cancels it. */
  after(ms: number, task: () => void): () => void;
}

/** The process's own. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
