/**
 * Removes the files of an earlier dev network.
 *
 * @module
 */
import type { DevLayout } from "./layout.ts";

/** Removes the files of an earlier network, except its log, which may say why it ended. The removed keys and channels have no value. */
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
