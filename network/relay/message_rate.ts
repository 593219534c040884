/**
 * How many messages a connection may send: so many a second on average, and ten times as many at once.
 *
 * @module
 */

/** The allowance of one connection. */
export class MessageRate {
  readonly #perSecond: number;
  readonly #clock: () => number;
  #left: number;
  #refilledAtMs: number;

  /** Starts full. */
  constructor(perSecond: number, clock: () => number) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = perSecond * 10;
    this.#refilledAtMs = clock();
  }

  /** Takes one; false when there is none. A clock that went back gives nothing and takes nothing. */
  take(): boolean {
    const nowMs = this.#clock();
    const gained = Math.max(0, nowMs - this.#refilledAtMs) / 1_000 * this.#perSecond;
    this.#left = Math.min(this.#perSecond * 10, this.#left + gained);
    this.#refilledAtMs = nowMs;
    return this.#left-- >= 1;
  }
}
