/**
 * The schedule by which an open packet is sent again: after 1 s, then with doubled waits up to 60 s, for each packet separately
 * (docs/money.md#packets P4).
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

  /** Records that this packet was sent. */
  sent(nonce: number, nowMs: number): void {
    const before = this.#next.get(nonce);
    const waitMs = before === undefined ? this.#firstMs : Math.min(this.#maxMs, before.waitMs * 2);
    this.#next.set(nonce, { atMs: nowMs + waitMs, waitMs });
  }

  /** Whether the packet is due. If the clock was set back, it is due, because sending it again does no harm. */
  due(nonce: number, nowMs: number): boolean {
    const next = this.#next.get(nonce);
    return next === undefined || nowMs >= next.atMs || nowMs < next.atMs - next.waitMs;
  }

  /** Removes a closed packet. */
  forget(nonce: number): void {
    this.#next.delete(nonce);
  }

  /** Makes every packet due at once, and restarts their schedules. */
  reset(): void {
    this.#next.clear();
  }
}
