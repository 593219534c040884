/**
 * The folder into which a command writes a file that the home will store. The command deletes the file afterwards, unless it is killed.
 *
 * @module
 */

/** Deletes files that were written before that time. Only regular files are deleted. Returns their number. */
export async function sweepIncoming(folder: string, beforeMs: number): Promise<number> {
  const incoming = `${folder}/incoming`;
  const info = await Deno.lstat(incoming).catch(nullIfMissing);
  // A link is not followed, because its target does not belong to the home.
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
