/**
 * Counts messages for subscriptions that are not open. A few come after every CLOSE, many come from a relay that ignores it.
 *
 * @module
 */

const PERIOD_MS = 10_000;

/** The count of one session. */
export class UnaskedMessages {
  readonly #most: number;
  #sinceMs = 0;
  #count = 0;

  /** `most` messages in ten seconds are taken. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one message; true when it is one too many, and the count begins again. */
  tooMany(nowMs: number): boolean {
    if (nowMs < this.#sinceMs || nowMs - this.#sinceMs > PERIOD_MS) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    if (++this.#count <= this.#most) return false;
    this.#count = 0;
    return true;
  }
}
