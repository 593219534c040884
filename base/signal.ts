/**
 * Waiting for a condition that others change. The code that makes a change wakes all waiters. Each waiter then checks its condition again.
 *
 * @module
 */

/** Wakes all waiters; each checks its own condition. */
export class Signal {
  #wake = Promise.withResolvers<void>();

  /** Call it after a change. */
  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  /** Resolves when the condition holds, or after `timeoutMs`. Checks the condition at once and after each wake. */
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
