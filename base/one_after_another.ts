/**
 * Work that runs one at a time.
 *
 * @module
 */

/** Calls of the returned function run one after the other. A call while another one waits already shares its run. */
export function oneAfterAnother(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  return () =>
    next ??= running.then(() => {
      next = null;
      return running = work();
    });
}
