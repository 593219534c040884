/**
 * The homes that the user trusts: `.gt` folders above a working folder that may be used. They are listed in `trusted_homes.json` in the
 * user's `~/.gt`, with mode 0600. A consent holds for one folder at one path with its present settings and skills. If the folder is
 * replaced, or a pull changes its settings, the user must consent again.
 *
 * @module
 */
import { join } from "../../base/path.ts";
import { readFile } from "../../config/real_files.ts";
import { openPlainFile, readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";

/** One consent. */
interface TrustedHome {
  /** The real path. */
  readonly path: string;
  /** Identity of the folder: its inode, and its creation time if the system has it, because inodes are reused. */
  readonly folder: string;
  /** The hash of {@link homeContent} when the user consented. */
  readonly content: string;
  /** ISO 8601. */
  readonly trustedAt: string;
}

/** Path of the list. */
export function trustedHomesFile(homeDir: string): string {
  return join(homeDir, ".gt", "trusted_homes.json");
}

/** Distinguishes a folder from another one at the same path. */
async function folderIdentity(path: string): Promise<string> {
  const { ino, dev, birthtime } = await Deno.stat(path);
  // A device's number may change when the machine restarts.
  return birthtime === null ? `${dev}:${ino}` : `${ino}@${birthtime.getTime()}`;
}

/**
 * SHA-256 of the files that decide where a home's money and keys go and what it runs: `crosstown.toml`, and the approvals, which pin the
 * skills. Other files in a home change all the time.
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

/** After a trusted command wrote the settings itself, renews an existing consent of this home for the new settings. */
export async function renewConsent(homeDir: string | undefined, home: string): Promise<void> {
  if (homeDir === undefined) return;
  const file = trustedHomesFile(homeDir);
  const [homes, path] = await Promise.all([readTrustedHomes(file), Deno.realPath(home)]);
  const consent = homes.find((each) => each.path === path);
  if (consent === undefined || consent.folder !== await folderIdentity(path)) return;
  const renewed = await consentFor(path, consent.trustedAt);
  await writeTrustedHomes(file, homes.map((each) => each === consent ? renewed : each));
}

/** All consents, oldest first. Empty if the file is missing or belongs to somebody else. */
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

/** Writes all consents by a rename, so that another process reads the old list or the new one. */
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

/** Whether the user trusts a folder. `path` is a real path. */
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
