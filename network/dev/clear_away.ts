/**
 * Makes room for a new dev network where there was one.
 *
 * @module
 */
import type { DevLayout } from "./layout.ts";

/** Removes what an earlier network left. Its keys and channels are worth nothing now; its log stays and says why it ended. */
export async function clearAway({ folder, logFile }: DevLayout): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (!path.startsWith(logFile)) await Deno.remove(path, { recursive: true });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
