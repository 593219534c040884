/**
 * The folder into which a command writes what the home is to store. The command removes its file again, unless it is killed.
 *
 * @module
 */

/** Removes the files that were written before that moment; what is no plain file stays. Gives how many. */
export async function sweepIncoming(folder: string, beforeMs: number): Promise<number> {
  const incoming = `${folder}/incoming`;
  const info = await Deno.lstat(incoming).catch(nullIfMissing);
  // A link is not followed: what lies behind it is not ours.
  if (!info?.isDirectory) return 0;
  let removed = 0;
  for await (const { name } of Deno.readDir(incoming)) {
    const path = `${incoming}/${name}`;
    const found = await Deno.lstat(path).catch(nullIfMissing);
    if (!found?.isFile || (found.mtime?.getTime() ?? Infinity) >= beforeMs) continue;
    await Deno.remove(path).catch(nullIfMissing);
    removed++;
  }
  return removed;
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
