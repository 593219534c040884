/**
 * What `doctor --fix` repairs: the modes of this home's own folders and files. It removes nothing, and skips links and files of other
 * users.
 *
 * @module
 */
import { dirname } from "../../base/path.ts";
import type { HomePaths } from "../../config/paths.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** One repair that was made, or would be. */
export interface Repair {
  readonly path: string;
  /** The mode as `chmod` writes it: `755`. */
  readonly from: string;
  readonly to: string;
}

/** Removes other users' rights on the home's files, as far as they exist. A dry run only says which. */
export async function repairModes(
  paths: HomePaths,
  uid: number | null,
  dryRun = false,
): Promise<readonly Repair[]> {
  const folders = [paths.home, paths.devFolder, dirname(paths.mayorFolder), paths.mayorFolder];
  const files = [paths.identityFile, paths.configFile, paths.devProfileFile, paths.approvalsFile];
  const wanted = [
    ...[...folders, paths.stateFolder, `${paths.home}/terms`].map((path) => [path, 0o700] as const),
    ...[...files, paths.logFile, `${paths.devFolder}/wallet.enc`]
      .map((path) => [path, 0o600] as const),
  ];
  const made: Repair[] = [];
  for (const [path, mode] of wanted) {
    const info = await lstatOrNull(path);
    if (info === null || info.mode === null || info.isSymlink) continue;
    if (info.isDirectory !== (mode === 0o700) || (uid !== null && info.uid !== uid)) continue;
    if ((info.mode & 0o077) === 0) continue;
    if (!dryRun) await Deno.chmod(path, info.mode & 0o700);
    const octal = (bits: number) => (bits & 0o777).toString(8).padStart(3, "0");
    made.push({ path, from: octal(info.mode), to: octal(info.mode & 0o700) });
  }
  return made;
}
