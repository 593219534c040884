/**
 * Tells when the process that started this one has ended, also when it was killed and could say nothing.
 *
 * @module
 */
import { systemTimers, type Timers } from "./timers.ts";

const LOOK_MS = 1_000;

/** Aborts within a second after the parent has ended: this process has another one then. Looks until `signal` aborts. */
export function parentEnded(
  signal: AbortSignal,
  ppid: () => number = () => Deno.ppid,
  timers: Timers = systemTimers,
): AbortSignal {
  const ended = new AbortController();
  const parent = ppid();
  let cancel = () => {};
  const look = () => {
    if (ppid() !== parent) ended.abort();
    else if (!signal.aborted) cancel = timers.after(LOOK_MS, look);
  };
  signal.addEventListener("abort", () => cancel(), { once: true });
  look();
  return ended.signal;
}
