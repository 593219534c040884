/** A clock that changes only when a test moves it. */
import type { Timers } from "../../../base/timers.ts";

export class ManualTimers implements Timers {
  #nowMs = 1_000_000;
  #behindMs = 0;
  #tasks: { readonly atMs: number; readonly task: () => void }[] = [];

  now(): number {
    return this.#nowMs - this.#behindMs;
  }

  /** Sets the clock back; timers run on. */
  setBack(ms: number): void {
    this.#behindMs += ms;
  }

  after(ms: number, task: () => void): () => void {
    const entry = { atMs: this.#nowMs + ms, task };
    this.#tasks.push(entry);
    return () => this.#tasks = this.#tasks.filter((each) => each !== entry);
  }

  /** Moves the clock, and runs the tasks that are due then. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#tasks.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#tasks = this.#tasks.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { task } of due) task();
  }

  /** Timers that run. */
  get size(): number {
    return this.#tasks.length;
  }
}
