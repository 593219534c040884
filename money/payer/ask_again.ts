/**
 * When an open packet is asked for again: after 1 s, then doubled up to 60 s, each packet by itself (docs/money.md#packets P4).
 *
 * @module
 */

/** The schedule of one channel's open packets. */
export class AskAgain {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #next = new Map<number, { atMs: number; waitMs: number }>();

  /** Waits `firstMs` after the first send and doubles up to `maxMs`. */
  constructor(firstMs = 1_000, maxMs = 60_000) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** Notes a send of this packet. */
  sent(nonce: number, nowMs: number): void {
    const before = this.#next.get(nonce);
    const waitMs = before === undefined ? this.#firstMs : Math.min(this.#maxMs, before.waitMs * 2);
    this.#next.set(nonce, { atMs: nowMs + waitMs, waitMs });
  }

  /** Whether it is time; a clock that was set back counts as time passed, since asking again does no harm. */
  due(nonce: number, nowMs: number): boolean {
    const next = this.#next.get(nonce);
    return next === undefined || nowMs >= next.atMs || nowMs < next.atMs - next.waitMs;
  }

  /** The packet is closed. */
  forget(nonce: number): void {
    this.#next.delete(nonce);
  }

  /** Everything is due at once, from the first wait on. */
  reset(): void {
    this.#next.clear();
  }
}
