/**
 * Shares the time of the thread among connections. While there is little work, it runs at once. When there is much, each connection gets a
 * few milliseconds in turn. One read of a socket may bring thousands of requests, and each may walk an index. Without turns, one client
 * would block all others, and the supervisor would think that the relay hangs.
 *
 * Held: the waiting work of each owner. An owner calls {@link Turns.waiting} and stops reading if it has much.
 *
 * @module
 */

/** How long work runs before sockets, timers and the supervisor's ping may run. */
const TURN_MS = 6;
/** How long the steps of one owner run before the work of the next owner. */
const STEPS_MS = 2;

/** The work of all owners. */
export class Turns {
  readonly #clock: () => number;
  readonly #next: (task: () => void) => void;
  readonly #queues = new Map<object, (() => void)[]>();
  #usedMs = 0;
  #scheduled = false;

  /** `clock` returns milliseconds. `next` runs a task after other work had a chance to run. */
  constructor(clock: () => number, next: (task: () => void) => void = afterOthers) {
    this.#clock = clock;
    this.#next = next;
  }

  /** The number of this owner's waiting pieces of work. */
  waiting(owner: object): number {
    return this.#queues.get(owner)?.length ?? 0;
  }

  /** Runs `work` now or in its owner's turn. The work of one owner runs in the order of its calls. */
  run(owner: object, work: () => void): void {
    if (this.#queues.size === 0 && this.#usedMs < TURN_MS) return this.#use(work);
    const queue = this.#queues.get(owner);
    if (queue === undefined) this.#queues.set(owner, [work]);
    else queue.push(work);
    this.#schedule();
  }

  /**
   * Runs `steps` as one piece of its owner's work, a few milliseconds at a time. Later work of the owner runs after them. `done` is called
   * with their result, `failed` if they throw.
   */
  runSteps<T>(
    owner: object,
    steps: Iterator<void, T>,
    { done, failed }: { readonly done: (value: T) => void; readonly failed: () => void },
  ): void {
    const untilMs = this.#clock() + STEPS_MS;
    try {
      do {
        const step = steps.next();
        if (step.done === true) return done(step.value);
      } while (this.#clock() < untilMs);
    } catch {
      return failed();
    }
    const rest = () => this.runSteps(owner, steps, { done, failed });
    const queue = this.#queues.get(owner);
    if (queue === undefined) this.#queues.set(owner, [rest]);
    else queue.unshift(rest);
    this.#schedule();
  }

  /** Drops the waiting work of this owner. */
  forget(owner: object): void {
    this.#queues.delete(owner);
  }

  #use(work: () => void): void {
    const startMs = this.#clock();
    try {
      work();
    } finally {
      // If the clock was set back, the work counts as no time.
      this.#usedMs += Math.max(0, this.#clock() - startMs);
      if (this.#usedMs > 0) this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#next(() => {
      this.#scheduled = false;
      this.#usedMs = 0;
      this.#turn();
    });
  }

  #turn(): void {
    while (this.#usedMs < TURN_MS) {
      const [first] = this.#queues;
      if (first === undefined) return;
      const [owner, queue] = first;
      const work = queue.shift()!;
      // The owner moves to the end, or leaves if it has no more work.
      this.#queues.delete(owner);
      if (queue.length > 0) this.#queues.set(owner, queue);
      this.#use(work);
    }
    if (this.#queues.size > 0) this.#schedule();
  }
}

/**
 * Runs a task after other work had a chance to run. It uses a timer, because `setImmediate` would run the task again before sockets are
 * read: then no new message would be read while there is work.
 */
export function afterOthers(task: () => void): void {
  setTimeout(task, 0);
}
