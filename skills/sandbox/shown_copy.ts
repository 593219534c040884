/**
 * What a sandbox shows of the operator's own files is first brought into the run's folder: `/proc/self/mountinfo` tells a job the
 * real path of everything that is bound, and the path of a home or of a user's folder is nobody's business.
 *
 * Hard links where the file system allows them, since they cost neither time nor space; removing the run's folder leaves the
 * original alone. A shell makes them: a worker would need the right to write to the original.
 *
 * @module
 */
import type { Tools } from "./tools.ts";

/** Makes `to` a copy of the folder `from`; a `readable` one can be read by every user. Throws when it cannot be read. */
export async function copyFolder(
  from: string,
  to: string,
  tools: Tools,
  { readable }: { readonly readable: boolean },
): Promise<void> {
  // The rights of a linked file are its original's, so a readable copy has files of its own.
  const script = readable
    ? `cp -a -- "$1/." "$2" && chmod -R a+rX -- "$2"`
    : `cp -al -- "$1/." "$2" 2>/dev/null || { rm -rf -- "$2"; cp -a -- "$1/." "$2"; }`;
  const { success, words } = await shell(script, [from, to], tools);
  if (!success) throw new Error(`the skill's folder cannot be copied: ${words}`);
}

/** A second name of the file, at `to`; the file itself where it lies on another file system or belongs to the system. */
export async function linkFile(from: string, to: string, tools: Tools): Promise<string> {
  const { success } = await shell(`ln -- "$1" "$2"`, [from, to], tools);
  return success ? to : from;
}

/**
 * Makes symbolic links. Deno lets nobody make one who may not write everywhere, so a shell does; it follows none, since each path is
 * new. Throws when one is there already.
 */
export async function makeLinks(
  links: readonly { readonly path: string; readonly target: string }[],
  tools: Tools,
): Promise<void> {
  const script = `while [ $# -gt 0 ]; do ln -s -- "$1" "$2" || exit 1; shift 2; done`;
  for (let at = 0; at < links.length; at += LINKS_AT_ONCE) {
    const args = links.slice(at, at + LINKS_AT_ONCE).flatMap(({ path, target }) => [target, path]);
    const { success, words } = await shell(script, args, tools);
    if (!success) throw new Error(`a link of the archive cannot be made: ${words}`);
  }
}

/** An argument list holds 128 KiB at least; a path takes at most 4 KiB. */
const LINKS_AT_ONCE = 16;

async function shell(script: string, args: readonly string[], { sh, path }: Tools) {
  if (sh === null) return { success: false, words: "there is no sh" };
  const { success, stderr } = await new Deno.Command(sh, {
    args: ["-c", script, "sh", ...args],
    clearEnv: true,
    env: { PATH: path, LC_ALL: "C" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { success, words: new TextDecoder().decode(stderr).trim().split("\n")[0] };
}
