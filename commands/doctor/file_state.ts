/**
 * What a check sees of a file or folder without opening it.
 *
 * @module
 */
import { nullIfMissing } from "../../base/files/missing.ts";

/** The file, folder or link target; null if there is none. */
export async function statOf(path: string): Promise<Deno.FileInfo | null> {
  return await Deno.stat(path).catch(nullIfMissing);
}

/** Whether other users have any right to it. */
export function isOpen({ mode }: Deno.FileInfo): boolean {
  return mode !== null && (mode & 0o077) !== 0;
}
