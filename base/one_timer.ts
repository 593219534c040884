/**
 * A timer with at most one pending task.
 *
 * @module
 */
import type { Timers } from "./timers.ts";

/** Setting the timer again replaces the earlier task. */
export class OneTimer {
  #cancel: (() => void) | null = null;

  /** Makes a timer without a task. */
  constructor(private readonly timers: Timers) {}

  /** Runs `task` once after `ms`, and cancels an earlier task. */
  set(ms: number, task: () => void): void {
    this.#cancel?.();
    this.#cancel = this.timers.after(ms, task);
  }

  /** Cancels the task. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
