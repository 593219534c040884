/**
 * A token bucket: a number of tokens at once, then a number of tokens each second. A caller may also take tokens in advance.
 *
 * @module
 */

/** Provides tokens. A clock that is set back adds none. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #atMs: number | null = null;

  /** Starts with `burst` tokens and adds `perSecond` each second. */
  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
  }

  /** Takes a token; false if there is none. */
  take(nowMs: number): boolean {
    if (this.waitMs(nowMs) > 0) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * Takes this number of tokens even if there are not enough; nobody gets one until they were added again. For costs that are known only
   * afterwards.
   */
  owe(nowMs: number, tokens: number): void {
    this.waitMs(nowMs);
    this.#tokens -= tokens;
  }

  /** How long until there is a token; 0 if there is one, a minute if none is ever added. */
  waitMs(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + passedMs * this.#perSecond / 1_000);
    if (this.#tokens >= 1) return 0;
    return this.#perSecond > 0 ? Math.ceil((1 - this.#tokens) * 1_000 / this.#perSecond) : 60_000;
  }
}
