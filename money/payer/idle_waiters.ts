/**
 * Callers that wait until nothing is open.
 *
 * @module
 */

/** The waiting callers of one payer. */
export class IdleWaiters {
  readonly #checks = new Set<() => void>();

  /** `isOver` returns whether the wait is over. */
  constructor(readonly isOver: () => boolean) {}

  /** Resolves when the wait is over, or when `signal` is aborted. */
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

  /** Checks again after a change, and resolves the waits that are over. */
  check(): void {
    for (const check of [...this.#checks]) check();
  }
}
