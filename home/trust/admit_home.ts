/**
 * Decides whether a home is used. A `.gt` folder above the working folder may have come with a cloned repository, or another user may have
 * made it in `/tmp`. Its settings name relays, peers and files. So it is used only if it belongs to the user and the user has trusted it
 * (`crosstown home trust`). `--home`, `GASTOWN_HOME` and `~/.gt` need no consent.
 *
 * @module
 */
import { basename, dirname } from "../../base/path.ts";
import type { FoundHome, HomePaths } from "../../config/paths.ts";
import { linkedConfig } from "../../config/real_files.ts";
import { HomeError } from "./home_error.ts";
import { LinkedFileError } from "../../base/files/linked_file_error.ts";
import { linkObjection, ownershipObjection } from "./ownership.ts";
import { readTrustedHomes, trustedHomesFile, trustState } from "./trusted_homes.ts";
import { isMissing } from "../../base/files/missing.ts";

/** The user who runs the command. */
interface HomeUser {
  /** The user's own folder, which has the list of trusted homes; undefined if the system names none. */
  readonly homeDir: string | undefined;
  /** The user's id; null if it cannot be read. */
  readonly uid: number | null;
}

/**
 * Resolves when the home may be used.
 *
 * @throws {HomeError} if it does not belong to the user, is no folder, or the user has not trusted it
 * @throws {LinkedFileError} if one of the home's files is a link
 * @throws {ConfigError} if its configuration or a file of accepted terms is a link
 */
export async function admitHome(
  found: FoundHome,
  paths: HomePaths,
  user: HomeUser,
): Promise<void> {
  if (found.isUpward && !await isOwnHome(found.home, user)) await admitFound(found.home, user);
  else await admitNamed(found.home, user);
  await refuseLinks(paths);
}

async function admitNamed(home: string, { uid }: HomeUser): Promise<void> {
  const why = await linkObjection(home, uid);
  if (why === null) return await refuseFile(home);
  throw new HomeError(
    "home_not_yours",
    `the home ${home} is not used: ${why}`,
    "name the folder itself with --home DIR or GASTOWN_HOME",
  );
}

/** Refuses a home that is no folder. One that does not exist yet is made when it is needed. */
async function refuseFile(home: string): Promise<void> {
  try {
    if ((await Deno.stat(home)).isDirectory) return;
  } catch (error) {
    // Where the main thread may not read, its workers do.
    const notSeen = error instanceof Deno.errors.NotFound && !await isLink(home) ||
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
    if (notSeen) return;
    const { NotADirectory, NotFound } = Deno.errors;
    if (!(error instanceof NotADirectory || error instanceof NotFound)) throw error;
  }
  throw new HomeError(
    "home_not_folder",
    `the home ${home} is no folder`,
    "name a folder with --home DIR or GASTOWN_HOME; one that does not exist is made",
  );
}

/** Whether it is a link. One that leads nowhere cannot become a folder. */
async function isLink(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(({ isSymlink }) => isSymlink, () => false);
}

async function admitFound(home: string, user: HomeUser): Promise<void> {
  await refuseForeign(home, user.uid);
  const path = await Deno.realPath(home);
  const consents = user.homeDir === undefined
    ? []
    : await readTrustedHomes(trustedHomesFile(user.homeDir));
  const state = await trustState(consents, path);
  if (state === "trusted") return;
  throw new HomeError(
    "home_not_trusted",
    `${path} is not trusted: ${UNTRUSTED[state]}`,
    `check its content; if it is yours, run 'crosstown home trust ${path}', otherwise name your own home with --home ~/.gt or GASTOWN_HOME`,
  );
}

const UNTRUSTED = {
  missing: "it was found above the working folder, and may come from a download",
  replaced: "it was replaced since you trusted it",
  changed: "its crosstown.toml or its skills changed since you trusted it",
} as const;

/** Refuses a `.gt` that others own or can change. Throws HomeError `home_not_yours`. */
export async function refuseForeign(home: string, uid: number | null): Promise<void> {
  const why = await ownershipObjection(home, uid);
  if (why === null) return;
  const writable = / can be written /.test(why);
  const folder = why.split(" can be written ")[0];
  throw new HomeError(
    "home_not_yours",
    `${home} cannot be trusted: ${why}`,
    `${
      writable ? `run 'chmod go-w ${folder}', or ` : ""
    }name your own home with --home ~/.gt or GASTOWN_HOME`,
  );
}

/** Whether the search upward ended at the user's own `~/.gt`. */
async function isOwnHome(home: string, { homeDir }: HomeUser): Promise<boolean> {
  if (homeDir === undefined) return false;
  if (home === `${homeDir}/.gt`) return true;
  const [real, own] = await Promise.all([
    Deno.realPath(dirname(home)),
    Deno.realPath(homeDir).catch(() => null),
  ]);
  return real === own;
}

/** Refuses a home in which one of its own names is a link. Each file is checked again when it is opened. */
async function refuseLinks(paths: HomePaths): Promise<void> {
  const { home, devFolder, mayorFolder, stateFolder } = paths;
  const every = () => true;
  // Other programs also keep files in the first of these folders.
  const looks: readonly (readonly [folder: string, isOurs: (name: string) => boolean])[] = [
    [home, (name) => /^(crosstown\.toml|identity\.enc|hooks|dev|terms|payers)(\..*)?$/.test(name)],
    [dirname(mayorFolder), (name) => name === basename(mayorFolder)],
    [mayorFolder, (name) => /^crosstown(\.log.*)?$/.test(name)],
    [stateFolder, every],
    [devFolder, every],
    [`${home}/terms`, every],
    [`${home}/payers`, every],
  ];
  for (const [folder, isOurs] of looks) {
    for (const name of await linksIn(folder)) {
      if (!isOurs(name)) continue;
      const path = `${folder}/${name}`;
      const error = new LinkedFileError(path, "is a symbolic link");
      const isConfig = path === paths.configFile || folder === `${home}/terms`;
      throw isConfig ? linkedConfig(error) : error;
    }
  }
}

async function linksIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isSymlink } of Deno.readDir(folder)) if (isSymlink) names.push(name);
  } catch (error) {
    const missing = isMissing(error) || error instanceof Deno.errors.PermissionDenied;
    // Without the permission to look, nothing can be checked here. Each file is checked when it is opened.
    if (!missing && !(error instanceof Deno.errors.NotCapable)) throw error;
  }
  return names;
}
