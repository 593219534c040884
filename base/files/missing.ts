/**
 * Files and folders that may be missing. A path below a file is missing too.
 *
 * @module
 */

/** Whether a file operation failed because nothing has this name. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** For `catch()`: null if nothing has the name. Throws any other error again. */
export function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

/** What has this name, also a link; null if nothing has it. */
export async function lstatOrNull(path: string): Promise<Deno.FileInfo | null> {
  return await Deno.lstat(path).catch(nullIfMissing);
}

/** The names in a folder, sorted; none if there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(nullIfMissing);
  return (entries ?? []).map(({ name }) => name).sort();
}
