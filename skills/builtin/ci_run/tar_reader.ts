/**
 * Reads an untrusted tar.gz and returns the entries that may be written. It writes nothing itself.
 *
 * It refuses absolute paths, `..`, links that point outside, devices and pipes, sparse files, paths below a link, and archives above the
 * limits of entries or bytes. Folders that paths only imply count as entries, and each hard link counts the bytes of its file, because it is
 * written as a copy. Unpacking of gzip stops at the limit. `.git` is left out.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
 * @module
 */
import { MAX_INPUT_BYTES } from "../../../blobs/blob_reference.ts";
import { SkillError } from "../../skill_error.ts";

/** The limits of an archive. */
export interface ArchiveLimits {
  /** The most unpacked bytes, and the most bytes of all files. */
  readonly totalBytes: number;
  /** Files, folders and links, also the folders that are only named in paths. */
  readonly entries: number;
}

/** The limits of `ci-run`. The buyer's packer sends no larger archives. */
export const ARCHIVE_LIMITS: ArchiveLimits = { totalBytes: MAX_INPUT_BYTES, entries: 20_000 };

/** One entry to write. Its path is relative, normalised and unique. */
export type ArchiveEntry =
  | { readonly type: "folder"; readonly path: string }
  | {
    readonly type: "file";
    readonly path: string;
    readonly bytes: Uint8Array;
    readonly executable: boolean;
  }
  | { readonly type: "link"; readonly path: string; readonly target: string };

/** Unpacks gzip up to a limit. Throws SkillError `bad_archive` or `too_large`. */
export async function gunzipBounded(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > limitBytes) {
        throw new SkillError("too_large", `the archive unpacks to more than ${limitBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof SkillError) throw cause;
    throw new SkillError("bad_archive", "the input is not a whole gzip file", { cause });
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The entries of an unpacked tar in order: each folder before its contents, and links last. */
export function readTar(tar: Uint8Array, limits: ArchiveLimits): ArchiveEntry[] {
  const entries = new Map<string, ArchiveEntry>();
  let count = 0;
  let fileBytes = 0;
  let paxRecords = 0;
  let longName: string | null = null;
  let longLink: string | null = null;
  for (let at = 0; at + 512 <= tar.length;) {
    const header = tar.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) break;
    checkSum(header, at);
    if (++count > limits.entries) tooMany(limits);
    const size = octal(header.subarray(124, 136), at);
    const body = tar.subarray(at + 512, at + 512 + size);
    if (body.length < size) bad(`an entry at offset ${at} is cut off`);
    at += 512 + Math.ceil(size / 512) * 512;
    const flag = String.fromCharCode(header[156]);
    if ("xgLK".includes(flag) && size > MAX_EXTENDED_BYTES) {
      bad(`an extended header is larger than ${MAX_EXTENDED_BYTES} bytes`);
    }
    if (flag === "x" || flag === "g") {
      const pax = readPax(body, () => paxRecords++);
      if (paxRecords > PAX_RECORDS_PER_ENTRY * limits.entries) bad("it has too many pax records");
      if (pax.has("size")) bad("a pax size is not supported");
      if (flag === "x") {
        longName = pax.get("path") ?? longName;
        longLink = pax.get("linkpath") ?? longLink;
      }
      continue;
    }
    if (flag === "L" || flag === "K") {
      const name = text(body);
      if (flag === "L") longName = name;
      else longLink = name;
      continue;
    }
    const prefix = text(header.subarray(257, 262)) === "ustar" && header[262] === 0
      ? text(header.subarray(345, 500))
      : "";
    const short = text(header.subarray(0, 100));
    const path = cleanPath(longName ?? (prefix === "" ? short : `${prefix}/${short}`));
    const target = longLink ?? text(header.subarray(157, 257));
    longName = longLink = null;
    if (path === "" || isGit(path)) continue;
    const entry = entryOf(flag, path, target, header, body, entries);
    add(entries, entry);
    if (entries.size > limits.entries) tooMany(limits);
    fileBytes += entry.type === "file" ? entry.bytes.length : 0;
    if (fileBytes > limits.totalBytes) {
      throw new SkillError(
        "too_large",
        `the archive's files have more than ${limits.totalBytes} bytes`,
      );
    }
  }
  return [...entries.values()].sort((a, b) =>
    Number(a.type === "link") - Number(b.type === "link")
  );
}

/** The largest pax header or long name. */
const MAX_EXTENDED_BYTES = 1 << 20;
const PAX_RECORDS_PER_ENTRY = 10;

function tooMany({ entries }: ArchiveLimits): never {
  throw new SkillError("too_large", `the archive has more than ${entries} entries`);
}

function entryOf(
  flag: string,
  path: string,
  target: string,
  header: Uint8Array,
  body: Uint8Array,
  entries: ReadonlyMap<string, ArchiveEntry>,
): ArchiveEntry {
  switch (flag) {
    case "0":
    case "\0":
    case "7":
      return {
        type: "file",
        path,
        bytes: body,
        executable: (octal(header.subarray(100, 108), 0) & 0o111) !== 0,
      };
    case "5":
      return { type: "folder", path };
    case "1": {
      const original = entries.get(key(cleanPath(target)));
      if (original?.type !== "file") {
        return bad(`${show(path)} is a hard link to a file that is not in it`);
      }
      return { ...original, path };
    }
    case "2":
      return { type: "link", path, target: insideTarget(path, target) };
    default:
      return bad(`${show(path)} is a device, pipe or other special file`);
  }
}

function add(entries: Map<string, ArchiveEntry>, entry: ArchiveEntry): void {
  const parts = entry.path.split("/");
  for (let depth = 1; depth < parts.length; depth++) {
    const parent = parts.slice(0, depth).join("/");
    const known = entries.get(key(parent));
    if (known === undefined) entries.set(key(parent), { type: "folder", path: parent });
    else if (known.type !== "folder") bad(`${show(entry.path)} lies below ${known.type} ${parent}`);
  }
  const before = entries.get(key(entry.path));
  if (before?.type === "folder" && entry.type === "folder") return;
  if (before !== undefined) bad(`${show(entry.path)} is there twice`);
  entries.set(key(entry.path), entry);
}

/** A key that is equal for names that some file systems treat as equal: with different case or different forms of accents. */
function key(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

function cleanPath(path: string): string {
  if (path.length > 1024) bad(`a path is longer than 1024 characters: ${show(path)}...`);
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\\]/.test(path)) bad(`${show(path)} holds a control character or backslash`);
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) bad(`${show(path)} is absolute`);
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) bad(`${show(path)} points out`);
  if (parts.length > 64) bad(`${show(path)} is more than 64 deep`);
  return parts.join("/");
}

function insideTarget(path: string, target: string): string {
  if (target === "" || target.startsWith("/") || target.length > 1024) {
    bad(`${show(path)} links out of the archive`);
  }
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    depth += part === ".." ? -1 : 1;
    if (depth < 0) bad(`${show(path)} links out of the archive`);
  }
  if (target.split("/").some((part) => part.toLowerCase() === ".git")) {
    bad(`${show(path)} links into .git`);
  }
  return target;
}

function isGit(path: string): boolean {
  return path.split("/").some((part) => part.toLowerCase() === ".git");
}

/** The digits of the longest record. */
const MAX_LENGTH_DIGITS = 7;

function readPax(body: Uint8Array, count: () => void): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 || space - at > MAX_LENGTH_DIGITS
      ? ""
      : text(body.subarray(at, space));
    const length = /^[1-9]\d*$/.test(digits) ? Number(digits) : 0;
    if (length < 5 || at + length > body.length) bad("a pax header is malformed");
    const record = new TextDecoder().decode(body.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
    count();
  }
  return records;
}

function checkSum(header: Uint8Array, offset: number): void {
  let sum = 0;
  for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 32 : header[at];
  if (sum !== octal(header.subarray(148, 156), offset)) bad(`no tar header at offset ${offset}`);
}

function octal(field: Uint8Array, offset: number): number {
  const digits = text(field).trim();
  if (!/^[0-7]{0,12}$/.test(digits)) bad(`a number is malformed at offset ${offset}`);
  return digits === "" ? 0 : parseInt(digits, 8);
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function show(path: string): string {
  return JSON.stringify(path.slice(0, 80));
}

function bad(why: string): never {
  throw new SkillError("bad_archive", `Cannot unpack the archive: ${why}`);
}
