/**
 * Gives, lists and withdraws the consent to use a `.gt` folder that lies above the working folder.
 *
 * @module
 */
import { basename, isAbsolute, join } from "../../base/path.ts";
import { findHome } from "../../config/paths.ts";
import { isFolder } from "../../config/real_files.ts";
import { refuseForeign } from "../../home/trust/admit_home.ts";
import {
  consentFor,
  readTrustedHomes,
  trustedHomesFile,
  trustState,
  writeTrustedHomes,
} from "../../home/trust/trusted_homes.ts";
import type { Invocation } from "../command.ts";
import { UsageError } from "../errors.ts";
import { alignedText, printable } from "../output.ts";

/** Stores the consent. Throws HomeError `home_not_yours` if other users own the folder or can write to it. */
export async function homeTrust(invocation: Invocation): Promise<number> {
  const { globals, io, output } = invocation;
  const file = consentsFile(invocation);
  const path = await Deno.realPath(await chosen(invocation));
  await refuseForeign(path, io.uid());
  const homes = await readTrustedHomes(file);
  const already = await trustState(homes, path) === "trusted";
  if (!already && !globals.dryRun) {
    const trustedAt = new Date(io.clock()).toISOString();
    const consent = await consentFor(path, trustedAt);
    await writeTrustedHomes(file, [...homes.filter((each) => each.path !== path), consent]);
  }
  const words = already
    ? "was trusted already"
    : globals.dryRun
    ? "would be trusted"
    : "is now trusted";
  await output.document(
    "home-trust",
    { path, trusted: already || !globals.dryRun },
    `${path} ${words}`,
  );
  return 0;
}

/** Lists every consent. */
export async function homeList(invocation: Invocation): Promise<number> {
  const homes = await readTrustedHomes(consentsFile(invocation));
  const rows = await Promise.all(homes.map(async ({ path, trustedAt }) => {
    const state = await trustState(homes, path).catch(() => "missing");
    return { path, state, trusted_at: trustedAt };
  }));
  await invocation.output.document(
    "home-list",
    { homes: rows },
    rows.length === 0 ? "No .gt of a project is trusted" : alignedText([
      ["STATE", "SINCE", "PATH"],
      ...rows.map(({ path, state, trusted_at }) => [state, trusted_at, printable(path)]),
    ]),
    rows,
  );
  return 0;
}

/** Withdraws a consent. Exit 2 if there is none. */
export async function homeUntrust(invocation: Invocation): Promise<number> {
  const { args, globals, io, output } = invocation;
  const file = consentsFile(invocation);
  const homes = await readTrustedHomes(file);
  // A folder that was removed in the meantime is named as the user typed it.
  const given = args.text("path");
  const wanted = given === undefined ? await chosen(invocation) : absolute(given, io.cwd());
  const real = await Deno.realPath(wanted).catch(() => wanted);
  const names = [real, join(real, ".gt")];
  const path = homes.find((each) => names.includes(each.path))?.path;
  if (path === undefined) {
    throw new UsageError(`${wanted} is not trusted`, "see 'crosstown home list'", "not_trusted");
  }
  if (!globals.dryRun) await writeTrustedHomes(file, homes.filter((each) => each.path !== path));
  await output.document(
    "home-trust",
    { path, trusted: globals.dryRun },
    `${path} ${globals.dryRun ? "would no longer be" : "is no longer"} trusted`,
  );
  return 0;
}

function consentsFile({ io }: Invocation): string {
  const homeDir = io.env("HOME");
  if (homeDir) return trustedHomesFile(homeDir);
  throw new UsageError(
    "HOME is not set, so no consent can be kept",
    "set HOME, or name the home with --home DIR or GASTOWN_HOME, which needs no consent",
  );
}

/** The `.gt` folder that the arguments name. */
async function chosen({ args, io }: Invocation): Promise<string> {
  const given = args.text("path");
  if (given === undefined) {
    const found = await findHome({
      flag: undefined,
      env: undefined,
      cwd: io.cwd(),
      homeDir: io.env("HOME"),
      isFolder,
    });
    if (found.isUpward) return found.home;
    throw new UsageError("there is no .gt in this folder or above", "name one");
  }
  const path = absolute(given, io.cwd());
  if (basename(path) === ".gt" && await isFolder(path)) return path;
  const inside = join(path, ".gt");
  if (await isFolder(inside)) return inside;
  throw new UsageError(`there is no .gt in ${path}`, "name a folder that holds a .gt");
}

function absolute(path: string, cwd: string): string {
  return isAbsolute(path) ? join(path) : join(cwd, path);
}
