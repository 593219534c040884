/**
 * Waiting for a condition that others change: who changes something wakes, who waits looks again.
 *
 * @module
 */

/** Wakes everybody who waits; each looks at its own condition. */
export class Signal {
  #wake = Promise.withResolvers<void>();

  /** Something changed. */
  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  /** Resolves when the condition holds, or after `timeoutMs`. The condition is looked at first, then after each wake. */
  async until(condition: () => boolean, timeoutMs?: number): Promise<void> {
    let late = false;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
      late = true;
      this.wake();
    }, timeoutMs);
    try {
      while (!late && !condition()) await this.#wake.promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
