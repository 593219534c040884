/**
 * Opens the files of a home without following links. Otherwise a folder that somebody else prepared could make this program write into
 * `~/.bashrc` under the name of its log.
 *
 * Deno resolves a path before it opens it, so `O_NOFOLLOW` has no effect with restricted permissions. Instead, the name is checked
 * (`lstat`) before, and the opened file must be the same one (device and inode). Before that, nothing is created, truncated or written.
 *
 * @module
 */
import { LinkedFileError } from "./linked_file_error.ts";
import { nullIfMissing } from "./missing.ts";

/** Another process may rename a new file to this name between two checks, as the log's rotation does. */
const ATTEMPTS = 100;

/**
 * Opens a regular file that has no second name. The options are those of `Deno.open`.
 *
 * @throws {LinkedFileError} if the name is a link, a pipe, a socket or a device, or if a file to be written has a second name
 */
export async function openPlainFile(
  path: string,
  options: Deno.OpenOptions = { read: true },
): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await Deno.lstat(path).catch(nullIfMissing);
    checkPlain(path, before, writes(options));
    try {
      const file = await Deno.open(path, asOpened(options, before));
      if (!isSame(before, await file.stat())) file.close();
      else return await cut(file, options, before);
    } catch (error) {
      if (!cameBetween(error, options, before)) throw error;
    }
  }
  throw new LinkedFileError(path, "is replaced again and again");
}

/** {@link openPlainFile} without waiting. */
export function openPlainFileSync(
  path: string,
  options: Deno.OpenOptions = { read: true },
): Deno.FsFile {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = plainStatSync(path, writes(options));
    try {
      const file = Deno.openSync(path, asOpened(options, before));
      if (!isSame(before, file.statSync())) file.close();
      else {
        if (options.truncate && before !== null) file.truncateSync(0);
        return file;
      }
    } catch (error) {
      if (!cameBetween(error, options, before)) throw error;
    }
  }
  throw new LinkedFileError(path, "is replaced again and again");
}

/**
 * Checks a name that is then opened by its path, as SQLite does; null if there is no such file.
 *
 * @throws {LinkedFileError} as {@link openPlainFile}
 */
export function plainStatSync(path: string, toWrite: boolean): Deno.FileInfo | null {
  let info: Deno.FileInfo | null;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    info = nullIfMissing(error);
  }
  checkPlain(path, info, toWrite);
  return info;
}

/** Reads a plain file's text. */
export async function readPlainText(path: string): Promise<string> {
  return new TextDecoder().decode(await readPlainBytes(path));
}

/** Reads a plain file's bytes. */
export async function readPlainBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  using file = await openPlainFile(path);
  // Not as a stream: a thread would load the classes of streams and responses for it, which takes longer than most files.
  let bytes = new Uint8Array(FIRST_BYTES);
  for (let length = 0;;) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) return bytes.slice(0, length);
    length += read;
    if (length < bytes.length) continue;
    const more = new Uint8Array(2 * length);
    more.set(bytes);
    bytes = more;
  }
}

/** How much is read at first, which most files fit in. */
const FIRST_BYTES = 16_384;

/** Replaces whatever has the name by a file of mode 0600. A link is replaced, not followed. */
export async function replacePlainFile(
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  await Deno.remove(path).catch(nullIfMissing);
  using file = await openPlainFile(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** {@link replacePlainFile} without waiting, for many small files. */
export function replacePlainFileSync(path: string, content: Uint8Array): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    nullIfMissing(error);
  }
  using file = openPlainFileSync(path, { write: true, createNew: true, mode: 0o600 });
  for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
}

/** An existing file is opened without creating one; a missing one is created under a name that must still be free. */
function asOpened(options: Deno.OpenOptions, before: Deno.FileInfo | null): Deno.OpenOptions {
  const made = before === null && (options.create === true || options.createNew === true);
  return {
    ...options,
    truncate: false,
    create: false,
    createNew: made || options.createNew === true,
    // A mode is only allowed for a new file.
    ...(made || options.createNew === true ? {} : { mode: undefined }),
  };
}

async function cut(
  file: Deno.FsFile,
  options: Deno.OpenOptions,
  before: Deno.FileInfo | null,
): Promise<Deno.FsFile> {
  if (options.truncate && before !== null) await file.truncate(0);
  return file;
}

/** The name was taken, or its file was removed, between check and opening. */
function cameBetween(
  error: unknown,
  options: Deno.OpenOptions,
  before: Deno.FileInfo | null,
): boolean {
  if (before === null) {
    return error instanceof Deno.errors.AlreadyExists && options.createNew !== true;
  }
  return error instanceof Deno.errors.NotFound && options.create === true;
}

function isSame(before: Deno.FileInfo | null, opened: Deno.FileInfo): boolean {
  if (before === null) return opened.isFile;
  return before.dev === opened.dev && before.ino === opened.ino;
}

function checkPlain(path: string, info: Deno.FileInfo | null, toWrite: boolean): void {
  if (info === null) return;
  if (info.isSymlink) throw new LinkedFileError(path, "is a symbolic link");
  if (!info.isFile) throw new LinkedFileError(path, "is not a regular file", "not_plain");
  if (toWrite && (info.nlink ?? 1) > 1) {
    throw new LinkedFileError(path, "has a second name (a hard link)");
  }
}

function writes({ write, append, truncate }: Deno.OpenOptions): boolean {
  return write === true || append === true || truncate === true;
}
