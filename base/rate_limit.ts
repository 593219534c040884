/**
 * A token bucket: so many at once, then so many a second; what is over already may be owed.
 *
 * @module
 */

/** Gives out tokens. A clock that is set back gives none. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #atMs: number | null = null;

  /** `burst` at once, refilled at `perSecond`. */
  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
  }

  /** Takes a token, or says that there is none. */
  take(nowMs: number): boolean {
    if (this.waitMs(nowMs) > 0) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes so many tokens, also those that are not there: nobody takes one before they have come. For what is known only afterwards. */
  owe(nowMs: number, tokens: number): void {
    this.waitMs(nowMs);
    this.#tokens -= tokens;
  }

  /** How long until there is a token, 0 where there is one; a minute where none ever comes. */
  waitMs(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + passedMs * this.#perSecond / 1_000);
    if (this.#tokens >= 1) return 0;
    return this.#perSecond > 0 ? Math.ceil((1 - this.#tokens) * 1_000 / this.#perSecond) : 60_000;
  }
}
