/**
 * The user's consents: which `.gt` folders, found above a working folder, are used. Kept in `trusted_homes.json` in the user's own
 * `~/.gt`, 0600. A consent is for one folder at one place: a folder that takes its place is asked for again.
 *
 * @module
 */
import { join } from "node:path";
import { openPlainFile, readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";

/** One consent. */
interface TrustedHome {
  /** Without links. */
  readonly path: string;
  /** The folder itself: its inode, and when it was made where the system says so, since inodes are used again. */
  readonly folder: string;
  /** ISO 8601. */
  readonly trustedAt: string;
}

/** Where they are kept. */
export function trustedHomesFile(homeDir: string): string {
  return join(homeDir, ".gt", "trusted_homes.json");
}

/** What tells a folder from another at the same path. */
export async function folderIdentity(path: string): Promise<string> {
  const { ino, dev, birthtime } = await Deno.stat(path);
  // The number of a device may change with a restart of the machine.
  return birthtime === null ? `${dev}:${ino}` : `${ino}@${birthtime.getTime()}`;
}

/** All consents, oldest first; none where the file is missing or is not ours. */
export async function readTrustedHomes(file: string): Promise<TrustedHome[]> {
  let text: string;
  try {
    text = await readPlainText(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  try {
    const found = JSON.parse(text) as unknown;
    return Array.isArray(found) ? found.filter(isTrustedHome) : [];
  } catch {
    return [];
  }
}

/** Writes them all, by rename: another process sees the old ones or the new ones. */
export async function writeTrustedHomes(
  file: string,
  homes: readonly TrustedHome[],
): Promise<void> {
  await Deno.mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  const beside = `${file}.new`;
  await replacePlainFile(beside, `${JSON.stringify(homes, null, 2)}\n`);
  {
    using written = await openPlainFile(beside, { write: true });
    await written.sync();
  }
  await Deno.rename(beside, file);
}

/** Whether a folder has the user's consent. `path` is without links. */
export async function isTrusted(homes: readonly TrustedHome[], path: string): Promise<boolean> {
  const consent = homes.find((each) => each.path === path);
  return consent !== undefined && consent.folder === await folderIdentity(path);
}

function isTrustedHome(value: unknown): value is TrustedHome {
  const { path, folder, trustedAt } = (value ?? {}) as Record<string, unknown>;
  return typeof path === "string" && typeof folder === "string" && typeof trustedAt === "string";
}
