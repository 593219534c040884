/**
 * The user's consents: which `.gt` folders, found above a working folder, are used. Kept in `trusted_homes.json` in the user's own
 * `~/.gt`, 0600. A consent is for one folder at one place with these settings and skills: a folder that takes its place, or a pull
 * that brings other settings, is asked for again.
 *
 * @module
 */
import { join } from "node:path";
import { readFile } from "../../config/real_files.ts";
import { openPlainFile, readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";

/** One consent. */
interface TrustedHome {
  /** Without links. */
  readonly path: string;
  /** The folder itself: its inode, and when it was made where the system says so, since inodes are used again. */
  readonly folder: string;
  /** {@link homeContent} as it was looked at. */
  readonly content: string;
  /** ISO 8601. */
  readonly trustedAt: string;
}

/** Where they are kept. */
export function trustedHomesFile(homeDir: string): string {
  return join(homeDir, ".gt", "trusted_homes.json");
}

/** What tells a folder from another at the same path. */
async function folderIdentity(path: string): Promise<string> {
  const { ino, dev, birthtime } = await Deno.stat(path);
  // The number of a device may change with a restart of the machine.
  return birthtime === null ? `${dev}:${ino}` : `${ino}@${birthtime.getTime()}`;
}

/**
 * SHA-256 of what decides where a home's money and keys go and what it runs: `crosstown.toml`, and the approvals, which pin the
 * skills. What commands keep in a home beside that changes all the time.
 */
async function homeContent(path: string): Promise<string> {
  const files = ["crosstown.toml", "approved_skills.json"];
  const texts = await Promise.all(
    files.map(async (file) => [file, (await readFile(join(path, file)))?.text ?? null]),
  );
  const there = texts.filter(([, text]) => text !== null);
  const bytes = new TextEncoder().encode(JSON.stringify(there));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A consent for a folder as it is now. */
export async function consentFor(path: string, trustedAt: string): Promise<TrustedHome> {
  return { path, folder: await folderIdentity(path), content: await homeContent(path), trustedAt };
}

/** After a command that was let in wrote the settings itself: the consent of this home, if it has one, holds for them. */
export async function renewConsent(homeDir: string | undefined, home: string): Promise<void> {
  if (homeDir === undefined) return;
  const file = trustedHomesFile(homeDir);
  const [homes, path] = await Promise.all([readTrustedHomes(file), Deno.realPath(home)]);
  const consent = homes.find((each) => each.path === path);
  if (consent === undefined || consent.folder !== await folderIdentity(path)) return;
  const renewed = await consentFor(path, consent.trustedAt);
  await writeTrustedHomes(file, homes.map((each) => each === consent ? renewed : each));
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

/** `missing`: there is no consent. */
type TrustState = "trusted" | "replaced" | "changed" | "missing";

/** Whether a folder has the user's consent. `path` is without links. */
export async function trustState(homes: readonly TrustedHome[], path: string): Promise<TrustState> {
  const consent = homes.find((each) => each.path === path);
  if (consent === undefined) return "missing";
  if (consent.folder !== await folderIdentity(path)) return "replaced";
  return consent.content === await homeContent(path) ? "trusted" : "changed";
}

function isTrustedHome(value: unknown): value is TrustedHome {
  const { path, folder, content, trustedAt } = (value ?? {}) as Record<string, unknown>;
  return [path, folder, content, trustedAt].every((each) => typeof each === "string");
}
