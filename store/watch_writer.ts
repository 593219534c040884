/**
 * Tells a store that only reads when the writer has committed.
 *
 * @module
 */

/** Watches the writer of a folder from the first {@link start} until {@link stop}. */
interface WriterWatch {
  /** Starts to watch, once. Most readers never wait, and each change of the file would wake them. */
  start(): void;
  /** Ends it. */
  stop(): void;
}

/**
 * A reader learns of the writer's commits from changes of the log file. If it cannot watch the file, its waits end at their time limit.
 */
export function watchWriter(folder: string, changed: () => void): WriterWatch {
  let watcher: Deno.FsWatcher | null | undefined;
  return {
    start() {
      if (watcher !== undefined) return;
      const started = watcher = watched(folder);
      if (started === null) return;
      (async () => {
        for await (const _ of started) changed();
      })().catch(() => {});
    },
    stop() {
      try {
        watcher?.close();
      } catch {
        // It has already ended.
      }
      watcher = null;
    },
  };
}

function watched(folder: string): Deno.FsWatcher | null {
  try {
    return Deno.watchFs(folder, { recursive: false });
  } catch {
    return null;
  }
}
