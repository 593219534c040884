/**
 * Counts messages that no request asked for: for subscriptions that are not open, NOTICE, AUTH, and answers to nothing. A few come after
 * every CLOSE, many come from a relay that ignores it or floods.
 *
 * @module
 */

const PERIOD_MS = 10_000;

/** What the count needs from its session. */
interface UnaskedDeps {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly count: (counter: string) => void;
  /** Ends the connection for a while. */
  readonly abandon: () => void;
}

/** The count of one session. */
export class UnaskedMessages {
  readonly #most: number;
  readonly #deps: UnaskedDeps;
  #sinceMs = 0;
  #count = 0;

  /** Beyond `most` messages in ten seconds, the connection ends. */
  constructor(most: number, deps: UnaskedDeps) {
    this.#most = most;
    this.#deps = deps;
  }

  /** Counts a message that belongs to nothing. */
  unexpected(): void {
    this.came();
    this.#deps.count("unexpected");
  }

  /** Counts a message that a relay may send at any time. */
  came(): void {
    const nowMs = this.#deps.clock();
    if (nowMs < this.#sinceMs || nowMs - this.#sinceMs > PERIOD_MS) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    if (++this.#count <= this.#most) return;
    this.#count = 0;
    this.#deps.abandon();
  }
}
