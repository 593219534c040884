/**
 * Finds the files of the payment log in a state folder.
 *
 * @module
 */
import type { LogFile } from "./log_lines.ts";

const LIVE = "payment_log.jsonl";
const SEALED = "payment_log";

/** Sealed days, oldest first, then the live file up to its present size. Empty if there is no log. */
export async function logFiles(folder: string): Promise<LogFile[]> {
  // Read before the days are listed, so that a day that is sealed meanwhile is seen at least once.
  const live = await sizeOf(`${folder}/${LIVE}`);
  const days = (await namesIn(`${folder}/${SEALED}`))
    .filter((name) => /^\d{4}-\d\d-\d\d\.jsonl\.gz$/.test(name)).sort();
  return [
    ...days.map((name) => ({
      name: `${SEALED}/${name}`,
      path: `${folder}/${SEALED}/${name}`,
      sealed: true,
    })),
    ...(live === null
      ? []
      : [{ name: LIVE, path: `${folder}/${LIVE}`, sealed: false, sizeBytes: live }]),
  ];
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await Deno.lstat(path)).size;
  } catch (error) {
    if (isNone(error)) return null;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (isNone(error)) return [];
    throw error;
  }
}

function isNone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
