/**
 * Limits the messages of a connection: an average number per second, and ten times that number in a burst.
 *
 * @module
 */

/** The limit of one connection. */
export class MessageRate {
  readonly #perSecond: number;
  readonly #clock: () => number;
  #left: number;
  #refilledAtMs: number;

  /** Starts with a full burst. */
  constructor(perSecond: number, clock: () => number) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = perSecond * 10;
    this.#refilledAtMs = clock();
  }

  /** Counts one message; false if it is above the limit. A clock that is set back changes nothing. */
  take(): boolean {
    const nowMs = this.#clock();
    const gained = Math.max(0, nowMs - this.#refilledAtMs) / 1_000 * this.#perSecond;
    this.#left = Math.min(this.#perSecond * 10, this.#left + gained);
    this.#refilledAtMs = nowMs;
    return this.#left-- >= 1;
  }
}
