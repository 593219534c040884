/**
 * Time as an argument: what is given these never reads a clock or sets a timer of its own, so that a test or simulation owns both.
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
