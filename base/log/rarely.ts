/**
 * Limits log lines that strangers can cause as often as they like, so that they do not push all other lines out of the log.
 *
 * @module
 */
import type { Log } from "./log.ts";

/** The most lines of one message in a period. */
const LINES = 20;
const PERIOD_MS = 60_000;
/** The most messages that are counted at once. Beyond it, counting starts again. */
const MAX_MESSAGES = 100;

/**
 * A log that writes at most 20 lines of each message a minute. The first line after that minute says how many were left out (`left_out`).
 *
 * @param clock Milliseconds since the epoch.
 */
export function rarely(log: Log, clock: () => number): Log {
  const periods = new Map<string, { readonly sinceMs: number; lines: number }>();
  return (level, msg, fields) => {
    const nowMs = clock();
    const period = periods.get(msg);
    const isOver = period === undefined || nowMs < period.sinceMs ||
      nowMs - period.sinceMs >= PERIOD_MS;
    if (!isOver && ++period.lines > LINES) return;
    const leftOut = isOver && period !== undefined ? Math.max(0, period.lines - LINES) : 0;
    if (isOver) {
      if (periods.size >= MAX_MESSAGES) periods.clear();
      periods.set(msg, { sinceMs: nowMs, lines: 1 });
    }
    log(level, msg, leftOut === 0 ? fields : { ...fields, left_out: leftOut });
  };
}
