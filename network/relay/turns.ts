/**
 * Whose turn it is: what connections ask for runs at once while little is asked, and a few milliseconds at a time, each connection in
 * its turn, when much is. One socket may bring thousands of questions in one read, and each may walk an index; without turns one
 * client would keep everybody waiting, and the supervisor would take the relay for hung.
 *
 * Held: the work of each owner that waits; an owner asks {@link Turns.waiting} and stops reading when it has much.
 *
 * @module
 */

/** How long work runs before others may: sockets, timers, the supervisor's ping. */
const TURN_MS = 6;
/** How long the work of one owner runs before that of the next. */
const STEPS_MS = 2;

/** Work by owner. */
export class Turns {
  readonly #clock: () => number;
  readonly #next: (task: () => void) => void;
  readonly #queues = new Map<object, (() => void)[]>();
  #usedMs = 0;
  #scheduled = false;

  /** `clock` in milliseconds; `next` runs a task once others had their chance. */
  constructor(clock: () => number, next: (task: () => void) => void = afterOthers) {
    this.#clock = clock;
    this.#next = next;
  }

  /** How much of this owner's work waits. */
  waiting(owner: object): number {
    return this.#queues.get(owner)?.length ?? 0;
  }

  /** Runs `work`, now or in its owner's turn; in the order in which an owner asked. */
  run(owner: object, work: () => void): void {
    if (this.#queues.size === 0 && this.#usedMs < TURN_MS) return this.#use(work);
    const queue = this.#queues.get(owner);
    if (queue === undefined) this.#queues.set(owner, [work]);
    else queue.push(work);
    this.#schedule();
  }

  /**
   * Runs `steps` as one piece of its owner's work, a few milliseconds at a time; what the owner asked for later comes after them.
   * `done` gets what they return, `failed` what they throw.
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

  /** Nothing more is run for this owner. */
  forget(owner: object): void {
    this.#queues.delete(owner);
  }

  #use(work: () => void): void {
    const startMs = this.#clock();
    try {
      work();
    } finally {
      // A clock that went back used nothing.
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
      // To the end of the row, or out of it.
      this.#queues.delete(owner);
      if (queue.length > 0) this.#queues.set(owner, queue);
      this.#use(work);
    }
    if (this.#queues.size > 0) this.#schedule();
  }
}

/**
 * Runs a task once others had their chance. By a timer: `setImmediate` comes again before sockets are looked at, and then nobody new
 * is heard while there is work.
 */
export function afterOthers(task: () => void): void {
  setTimeout(task, 0);
}
