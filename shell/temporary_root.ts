/**
 * The folder in which a command makes its temporary folders.
 *
 * @module
 */
import type { Io } from "./io.ts";
import { UsageError } from "./errors.ts";

/** `TMPDIR`, or `otherwise` if it is not set. Throws UsageError if it names no folder. */
export function temporaryRoot(env: Io["env"], otherwise: "/tmp" | "/var/tmp"): string {
  const named = env("TMPDIR") || undefined;
  if (named !== undefined && isNoFolder(named)) {
    throw new UsageError(
      `TMPDIR is ${named}, which is no folder`,
      "make that folder, or unset TMPDIR",
    );
  }
  return named ?? otherwise;
}

/** False if the main thread may not look there: then the part that uses the folder finds out. */
function isNoFolder(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch (error) {
    return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
  }
}
