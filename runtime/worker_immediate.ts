/**
 * `setImmediate` of a worker. Deno's own loads the modules of Node's timers: 2 MB and up to 10 ms of CPU for a worker that writes a few rows.
 * Here, a message to itself ends the turn, which loads nothing but takes 10 µs instead of 3. So a worker with many turns gets Deno's.
 *
 * Held: the tasks of the next turn. The channel lasts as long as the worker.
 *
 * @module
 */

/** From this many tasks in one second on, Deno's own function is used. */
const MANY = 200;
const WINDOW_MS = 1_000;

type Immediate = (task: () => void) => unknown;

/** The functions, as Node has them. A result is a number. */
interface WorkerImmediate {
  setImmediate(task: (...args: unknown[]) => void, ...args: unknown[]): number;
  clearImmediate(id?: unknown): void;
}

/**
 * Deno's own, which loads its modules as soon as it is looked at. Other functions take its place with `defineProperty`: after an
 * assignment, it would be lost.
 */
const { get, value } = Object.getOwnPropertyDescriptor(globalThis, "setImmediate")!;
const deno: Immediate = (task) => (value ?? get!.call(globalThis))(task);

/** Makes them. `own` runs a task after the turn in Deno's way. A test passes its own clock. */
export function workerImmediate(
  own: Immediate = deno,
  nowMs: () => number = () => performance.now(),
): WorkerImmediate {
  const { port1, port2 } = new MessageChannel();
  let waiting = new Map<number, () => void>();
  /** Those of the turn that runs. */
  let running = waiting;
  let isPosted = false;
  let lastId = 0;
  let isBusy = false;
  let windowMs = -Infinity;
  let tasks = 0;

  const post = () => {
    isPosted = true;
    if (isBusy) own(turn);
    else port2.postMessage(null);
  };
  const turn = () => {
    isPosted = false;
    running = waiting;
    waiting = new Map();
    try {
      for (const [id, task] of running) {
        running.delete(id);
        task();
      }
    } finally {
      // Of a turn in which a task threw, the others run in the next one.
      if (running.size > 0) waiting = new Map([...running, ...waiting]);
      if (waiting.size > 0 && !isPosted) post();
    }
  };
  port1.onmessage = turn;

  const count = () => {
    const now = nowMs();
    if (now - windowMs >= WINDOW_MS) [windowMs, tasks] = [now, 0];
    isBusy = ++tasks >= MANY;
  };
  return {
    setImmediate(task, ...args) {
      if (!isBusy) count();
      const id = ++lastId;
      waiting.set(id, args.length === 0 ? task : () => task(...args));
      if (!isPosted) post();
      return id;
    },
    clearImmediate(id) {
      waiting.delete(Number(id));
      running.delete(Number(id));
    },
  };
}
