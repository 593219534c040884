/**
 * What every package of the program holds in the same way: which runtime and chain, its manifest with the commit, and an archive whose
 * bytes depend on the contents alone.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { makeProgram, readManifest } from "./program.ts";

/** The runtime that a package brings. */
export const DENO_VERSION = "2.9.6";
/** The dev network's chain, where npm has it for the platform; elsewhere `dev up` looks for one itself. */
export const CHAIN_PACKAGE = "@foundry-rs/anvil-linux-amd64";
/** The folder of a program that holds the chain. */
const CHAIN_SCOPE = `node_modules/${dirname(CHAIN_PACKAGE)}`;

/** Which program a package holds. */
export interface Origin {
  /** Of the sources. Where it is null, git is asked. */
  readonly commit?: string | null;
  /** A folder of `makeApp()` with the program of this commit, which is copied. Where it is null, the program is made now. */
  readonly program?: string | null;
}

/**
 * Puts the program, ready to be run by Deno, into the empty folder `out`.
 *
 * @returns The executables in it, by their paths in the folder: the dev network's chain, where npm has it.
 */
export async function makeApp(
  root: string,
  out: string,
  origin: Origin = {},
): Promise<readonly string[]> {
  await placeProgram(root, out, origin);
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return [];
  // Where the program finds the package.
  const chain = `node_modules/${CHAIN_PACKAGE}/bin/anvil`;
  await copyExecutable(join(root, chain), join(out, chain));
  return [chain];
}

/**
 * Puts the program into the empty folder `out`, without the dev network's chain.
 *
 * @throws {Error} `program` is `out`, or no folder of a program of these sources
 */
export async function placeProgram(
  root: string,
  out: string,
  { commit = null, program = null }: Origin = {},
): Promise<void> {
  const manifest = await packagedManifest(root, commit);
  if (program === null) return await makeProgram(root, out, manifest);
  if (resolve(program) === resolve(out)) throw new Error(`${program} cannot be copied to itself`);
  const made: Readonly<Record<string, unknown>> = { ...await readManifest(program) };
  for (const what of ["name", "version", "commit"]) {
    if (made[what] === manifest[what]) continue;
    throw new Error(
      `${program} holds the program with ${what} ${made[what] ?? "unknown"}, not ${
        manifest[what] ?? "unknown"
      }: make it again with 'deno task -q package folder'`,
    );
  }
  await copyFiles(program, out, "");
}

/** Copies the files in a folder, but makes no folder without files: the same program gives the same archive. */
async function copyFiles(from: string, to: string, folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(join(from, folder))) {
    const path = join(folder, name);
    if (path === CHAIN_SCOPE) continue;
    if (isDirectory) await copyFiles(from, to, path);
    else {
      await Deno.mkdir(join(to, folder), { recursive: true });
      await Deno.copyFile(join(from, path), join(to, path));
    }
  }
}

/** Copies a program, with the mode of one. */
export async function copyExecutable(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
  await Deno.chmod(to, 0o755);
}

/** The program's `deno.json`: nothing is to be fetched or locked. */
export async function packagedManifest(
  root: string,
  named: string | null = null,
): Promise<Record<string, unknown>> {
  const { version, unstable } = await readManifest(root);
  const commit = named ?? await commitOf(root);
  return {
    name: "crosstown",
    version,
    ...(commit === null ? {} : { commit }),
    unstable,
    nodeModulesDir: "manual",
    lock: false,
  };
}

/** The commit of the sources, with `-changed` where files differ from it; null outside a clone. */
async function commitOf(root: string): Promise<string | null> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", { args, cwd: root, stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  };
  const inside = await Deno.lstat(`${root}/.git`).then(() => true, () => false);
  const commit = inside ? await git("rev-parse", "--short=12", "HEAD") : null;
  if (commit === null) return null;
  const changed = await git("status", "--porcelain", "--untracked-files=no");
  return changed === "" ? commit : `${commit}-changed`;
}

/** Packs `entries` of a folder. Times, owners and order do not depend on the machine: the same sources give the same bytes. */
export async function archive(
  folder: string,
  file: string,
  entries: readonly string[],
): Promise<void> {
  const { success, stderr } = await new Deno.Command("tar", {
    args: [
      ...["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"],
      ...["--use-compress-program=gzip -n -6", "-cf", file, ...entries],
    ],
    cwd: folder,
  }).output();
  if (!success) throw new Error(`tar failed: ${new TextDecoder().decode(stderr)}`);
}
