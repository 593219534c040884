/**
 * Detects that the parent process has ended, also if it was killed.
 *
 * @module
 */
import { systemTimers, type Timers } from "./timers.ts";

const LOOK_MS = 1_000;

/**
 * Returns a signal that aborts within a second after the parent has ended, because then this process gets another parent. Stops checking
 * when `signal` aborts.
 */
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
