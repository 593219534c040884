/**
 * Time, chance and timers of a simulation: everything that happens is an event at a virtual millisecond, in an order that one
 * seed decides.
 */
import type { Timers } from "../../../../base/timers.ts";

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** A generator with one 32-bit state (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class VirtualTime {
  nowMs = 1_800_000_000_000;
  readonly random: () => number;
  readonly #heap: Event[] = [];
  #order = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  after(ms: number, run: () => void): () => void {
    const event = { atMs: this.nowMs + ms, order: this.#order++, run, cancelled: false };
    this.#push(event);
    return () => event.cancelled = true;
  }

  /** Runs a task after everything of this virtual moment so far. */
  readonly soon = (task: () => void): void => void this.after(0, task);

  /** Timers that do nothing once `alive` returns false. */
  timersOf(alive: () => boolean): Timers {
    return {
      now: () => this.nowMs,
      after: (ms, task) => this.after(ms, () => alive() && task()),
    };
  }

  /** Runs events until `untilMs`. Between two events, all promises that can resolve do so. */
  async run(untilMs: number): Promise<void> {
    await settle();
    while (this.#heap.length > 0 && this.#heap[0].atMs <= untilMs) {
      const event = this.#pop();
      if (event.cancelled) continue;
      this.nowMs = Math.max(this.nowMs, event.atMs);
      event.run();
      await settle();
    }
    this.nowMs = untilMs;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(event, heap[up])) break;
      heap[at] = heap[up];
      at = up;
    }
    heap[at] = event;
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && before(heap[down + 1], heap[down])) down++;
      if (!before(heap[down], last)) break;
      heap[at] = heap[down];
      at = down;
    }
    heap[at] = last;
    return top;
  }
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Lets every promise that can settle do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
