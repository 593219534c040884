/**
 * The time from a ping to its pong.
 *
 * Held: the time of the last ping.
 *
 * @module
 */

/** Measures the pings of one connection. */
export interface RoundTrip {
  /** A ping was sent. */
  ping(): void;
  /** A pong came. A pong that nobody asked for is ignored. */
  pong(): void;
  /** The answer to the last ping is not measured, because it may wait on our side. */
  forget(): void;
}

/** Reports each time in milliseconds. If the clock was set meanwhile, nothing is reported. */
export function roundTrip(clock: () => number, tell: (ms: number) => void): RoundTrip {
  let sentAtMs: number | null = null;
  return {
    ping() {
      sentAtMs = clock();
    },
    pong() {
      const ms = sentAtMs === null ? -1 : clock() - sentAtMs;
      sentAtMs = null;
      if (ms >= 0 && ms <= MOST_MS) tell(ms);
    },
    forget() {
      sentAtMs = null;
    },
  };
}

/** A connection without an answer for this long is cut. */
const MOST_MS = 60_000;
