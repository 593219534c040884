/**
 * Tells a store that only reads when the writer has committed.
 *
 * @module
 */

/** A reader learns of the writer's commits from changes of the log file. If it cannot watch the file, its waits end at their time limit. */
export function watchWriter(folder: string, changed: () => void): () => void {
  let watcher: Deno.FsWatcher;
  try {
    watcher = Deno.watchFs(folder, { recursive: false });
  } catch {
    return () => {};
  }
  (async () => {
    for await (const _ of watcher) changed();
  })().catch(() => {});
  return () => {
    try {
      watcher.close();
    } catch {
      // It has already ended.
    }
  };
}
