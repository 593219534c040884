/**
 * Those who wait until nothing is open.
 *
 * @module
 */

/** The waiters of one payer. */
export class IdleWaiters {
  readonly #checks = new Set<() => void>();

  /** `isOver` says whether nobody has to wait any more. */
  constructor(readonly isOver: () => boolean) {}

  /** Resolves when it is over, or when `signal` aborts. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!this.isOver() && !signal?.aborted) return;
        this.#checks.delete(check);
        signal?.removeEventListener("abort", check);
        resolve();
      };
      this.#checks.add(check);
      signal?.addEventListener("abort", check);
      check();
    });
  }

  /** Something changed: those for whom it is over go on. */
  check(): void {
    for (const check of [...this.#checks]) check();
  }
}
