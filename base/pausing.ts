/**
 * Tells a skill whether its run is paused. While it is, the code that starts processes for the run keeps them stopped.
 *
 * @module
 */

/** The pause of a run, as its skill sees it. */
export interface Pausing {
  /** Whether the run is paused now. */
  readonly isPaused: boolean;
  /** Calls `listener` after each change, until the returned function is called. `listener` must not throw. */
  onChange(listener: () => void): () => void;
}

/** Resolves when the run is not paused, or when the signal aborts. */
export async function untilGoesOn(
  { pausing, signal }: { readonly pausing?: Pausing; readonly signal: AbortSignal },
): Promise<void> {
  if (!pausing?.isPaused || signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const leave = pausing.onChange(() => pausing.isPaused || resolve());
  const abort = () => resolve();
  signal.addEventListener("abort", abort, { once: true });
  await promise;
  leave();
  signal.removeEventListener("abort", abort);
}

/** The pause of a run, as its meter sets it. */
export class RunPause implements Pausing {
  #isPaused = false;
  readonly #listeners = new Set<() => void>();

  /** See {@link Pausing.isPaused}. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Pauses the run, or lets it go on. */
  set(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    for (const listener of this.#listeners) listener();
  }

  /** See {@link Pausing.onChange}. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
