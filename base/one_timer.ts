/**
 * A timer that runs at most once at a time.
 *
 * @module
 */
import type { Timers } from "./timers.ts";

/** Setting it again replaces what was set before. */
export class OneTimer {
  #cancel: (() => void) | null = null;

  /** Not set yet. */
  constructor(private readonly timers: Timers) {}

  /** Runs `task` once after `ms`, and nothing that was set before. */
  set(ms: number, task: () => void): void {
    this.#cancel?.();
    this.#cancel = this.timers.after(ms, task);
  }

  /** Nothing runs any more. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
