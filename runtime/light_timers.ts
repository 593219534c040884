/**
 * Timers of workers and of the program's main thread. Deno's own load about twenty modules of Node into a thread at its first timer: 2 to 3 MB
 * and 10 to 30 ms of CPU. Here, one timer of the web platform (`AbortSignal.timeout`), which loads nothing, is set for the earliest of all
 * that wait. Others that are due at that time follow in turns of their own, which a message to itself ends: each such timer would take 3 ms.
 *
 * An interval of whole seconds is due at whole seconds of its thread, so its first time is up to half a second early or late: each wake of an
 * idle thread costs more than what it does.
 *
 * Such a timer keeps no event loop alive. A worker's is kept alive by its port, the main thread's by the program's handlers of signals.
 *
 * Held: an entry for each timer that waits. Cancelled ones are held until half of all entries are.
 *
 * @module
 */

/** A timer that waits. */
interface Waiting {
  readonly atMs: number;
  readonly id: number;
  readonly task: () => void;
  /** Null if it runs once. */
  readonly everyMs: number | null;
}

/** The functions, as the platform has them. A result is a number. */
interface LightTimers {
  setTimeout(task: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): number;
  setInterval(task: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): number;
  clearTimeout(id?: unknown): void;
  clearInterval(id?: unknown): void;
}

/** Calls `wake` once after at least about `ms`. */
type WakeAfter = (ms: number, wake: () => void) => void;

/** The longest single wait, in milliseconds: a day. After it, the rest is waited for. */
const LONGEST_MS = 86_400_000;
const SECOND_MS = 1_000;
/** How many cancelled entries are held in any case. */
const FEW = 64;

const bySignal: WakeAfter = (ms, wake) =>
  AbortSignal.timeout(ms).addEventListener("abort", wake, { once: true });

/** Returns a function that calls `wake` in the next turn. Its channel is made at the first call, and lasts as long as the thread. */
function byMessage(): (wake: () => void) => void {
  let port: MessagePort | null = null;
  const waiting: (() => void)[] = [];
  return (wake) => {
    if (port === null) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => waiting.shift()?.();
      port = port2;
    }
    waiting.push(wake);
    port.postMessage(null);
  };
}

/** Makes them. A test passes its own clock. */
export function lightTimers(
  wakeAfter: WakeAfter = bySignal,
  nowMs: () => number = () => performance.now(),
  nextTurn: (wake: () => void) => void = byMessage(),
): LightTimers {
  const live = new Map<number, Waiting>();
  /** A heap: no entry is earlier than its parent. */
  let heap: Waiting[] = [];
  /** The times for which wakes are set, the earliest last. */
  const set: number[] = [];
  let isNext = false;
  let lastId = 0;

  const add = (entry: Waiting) => {
    live.set(entry.id, entry);
    if (heap.length > 2 * live.size + FEW) heap = [...live.values()].sort(compare);
    else push(heap, entry);
    arm();
  };
  const start = (
    task: (...args: unknown[]) => void,
    ms: number | undefined,
    args: unknown[],
    repeats: boolean,
  ): number => {
    const waitMs = Math.max(0, Number(ms) || 0);
    const id = ++lastId;
    const run = args.length === 0 ? task : () => task(...args);
    const everyMs = repeats ? Math.max(1, waitMs) : null;
    add({ atMs: everyMs === null ? nowMs() + waitMs : nextTick(everyMs), id, task: run, everyMs });
    return id;
  };
  /** The next time of an interval. Those of whole seconds are due at whole seconds of this thread, so that one wake serves several. */
  const nextTick = (everyMs: number): number => {
    const atMs = nowMs() + everyMs;
    return everyMs % SECOND_MS === 0 ? Math.round(atMs / SECOND_MS) * SECOND_MS : atMs;
  };
  /** The earliest that waits. */
  const first = (): Waiting | undefined => {
    while (heap.length > 0 && live.get(heap[0].id) !== heap[0]) pop(heap);
    return heap[0];
  };
  const arm = () => {
    const next = first();
    if (next === undefined || set.length > 0 && set[set.length - 1] <= next.atMs) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(next.atMs - nowMs())), LONGEST_MS);
    const atMs = next.atMs;
    set.push(atMs);
    wakeAfter(waitMs, () => {
      set.splice(set.lastIndexOf(atMs), 1);
      fire();
    });
  };
  /** Runs one timer that is due. Another that is due gets its own turn, so that promises of this one come first. */
  const fire = () => {
    const due = first();
    if (due === undefined || due.atMs > nowMs()) return arm();
    pop(heap);
    live.delete(due.id);
    if (due.everyMs !== null) add({ ...due, atMs: nextTick(due.everyMs) });
    goOn();
    due.task();
  };
  /** Another that is due comes in the next turn, all others at their time. */
  const goOn = () => {
    const next = first();
    if (next === undefined || next.atMs > nowMs()) return arm();
    if (isNext) return;
    isNext = true;
    nextTurn(() => {
      isNext = false;
      fire();
    });
  };
  const clear = (id: unknown) => void live.delete(Number(id));
  return {
    setTimeout: (task, ms, ...args) => start(task, ms, args, false),
    setInterval: (task, ms, ...args) => start(task, ms, args, true),
    clearTimeout: clear,
    clearInterval: clear,
  };
}

function compare(a: Waiting, b: Waiting): number {
  return a.atMs - b.atMs || a.id - b.id;
}

function push(heap: Waiting[], entry: Waiting): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (compare(heap[parent], entry) <= 0) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Waiting[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compare(heap[child + 1], heap[child]) < 0) child++;
    if (compare(last, heap[child]) <= 0) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
}
