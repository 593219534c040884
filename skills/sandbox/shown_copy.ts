/**
 * Copies the operator's own files into the folder of the run before the sandbox shows them. A job can read the real path of every mount in
 * `/proc/self/mountinfo`, and it must not learn the path of a home or of a user's folder.
 *
 * Hard links are used if the file system allows them, because they cost no space and little time. The original stays when the folder of the
 * run is removed. A shell makes the links, because a worker would need the right to write to the original. A copy of few files, which
 * only a provider that runs as root needs, is made without a shell.
 *
 * @module
 */
import { LinkedFileError } from "../../base/files/linked_file_error.ts";
import { isMissing } from "../../base/files/missing.ts";
import { openPlainFileSync } from "../../base/files/plain_file.ts";
import type { Tools } from "./tools.ts";

/** Makes `to` a copy of the folder `from`. Every user can read a `readable` copy. Throws if the copy fails. */
export async function copyFolder(
  from: string,
  to: string,
  tools: Tools,
  { readable }: { readonly readable: boolean },
): Promise<void> {
  // A hard link has the rights of its original, so a readable copy needs copied files.
  if (readable && copiedHere(from, to)) return;
  const script = readable
    ? `cp -a -- "$1/." "$2" && chmod -R a+rX -- "$2"`
    : `cp -al -- "$1/." "$2" 2>/dev/null || { rm -rf -- "$2"; cp -a -- "$1/." "$2"; }`;
  const { success, words } = await shell(script, [from, to], tools);
  if (!success) throw new Error(`the skill's folder cannot be copied: ${words}`);
}

/** A folder with more is copied by other programs, which takes longer for few files, but lets this worker go on. */
const FEW_FILES = 16;
/** See {@link FEW_FILES}. */
const FEW_BYTES = 256 << 10;

/** Copies a folder of few plain files as `cp` and `chmod` would. Returns false, and copies nothing, if it is another folder. */
function copiedHere(from: string, to: string): boolean {
  const entries = [];
  for (const entry of Deno.readDirSync(from)) {
    if (!entry.isFile || entries.push(entry) > FEW_FILES) return false;
  }
  const files: {
    readonly name: string;
    readonly info: Deno.FileInfo;
    readonly bytes: Uint8Array;
  }[] = [];
  let left = FEW_BYTES;
  for (const { name } of entries) {
    const read = plainFile(`${from}/${name}`, left);
    if (read === null) return false;
    left -= read.bytes.length;
    files.push({ name, ...read });
  }
  Deno.mkdirSync(to, { mode: 0o700 });
  for (const { name, info, bytes } of files) {
    Deno.writeFileSync(`${to}/${name}`, bytes, { createNew: true, mode: 0o600 });
    makeAlike(`${to}/${name}`, info);
  }
  makeAlike(to, Deno.statSync(from));
  return true;
}

/** The file, if it has at most so many bytes and is not a link. Otherwise null. */
function plainFile(
  path: string,
  mostBytes: number,
): { readonly info: Deno.FileInfo; readonly bytes: Uint8Array } | null {
  try {
    using file = openPlainFileSync(path);
    const info = file.statSync();
    if (info.size > mostBytes) return null;
    // One byte more shows that the file has grown.
    const bytes = new Uint8Array(info.size + 1);
    let length = 0;
    for (let read; (read = file.readSync(bytes.subarray(length))) !== null;) {
      length += read;
      if (length > info.size) return null;
    }
    return { info, bytes: bytes.subarray(0, length) };
  } catch (error) {
    if (error instanceof LinkedFileError || isMissing(error)) return null;
    throw error;
  }
}

/** Gives a copy the owner, the times and the rights of its original. Every user can read it, and run it if somebody can. */
function makeAlike(path: string, { uid, gid, mode, atime, mtime }: Deno.FileInfo): void {
  const made = Deno.lstatSync(path);
  if (uid !== made.uid || gid !== made.gid) Deno.chownSync(path, uid, gid);
  const rights = (mode ?? 0) & 0o777;
  const runs = made.isDirectory || (rights & 0o111) !== 0;
  Deno.chmodSync(path, rights | (runs ? 0o555 : 0o444));
  if (atime !== null && mtime !== null) Deno.utimeSync(path, atime, mtime);
}

/**
 * Makes a hard link at `to` and returns `to`. Returns `from` if that fails, for example on another file system or for a file of the system.
 */
export async function linkFile(from: string, to: string, tools: Tools): Promise<string> {
  const { success } = await shell(`ln -- "$1" "$2"`, [from, to], tools);
  return success ? to : from;
}

/**
 * Makes symbolic links. A shell makes them, because Deno demands the right to write everywhere for a symbolic link. Throws if a path
 * already exists, so no existing link is followed.
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

/** An argument list may have at least 128 KiB, and a path at most 4 KiB. */
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
