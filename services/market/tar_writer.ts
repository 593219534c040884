/**
 * Packs a folder as tar.gz, the same bytes for the same files: sorted, without times, owners or other modes than 644 and 755.
 * Left out: `.git`. Refused: links that point out, devices, and more than the limits.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
 * @module
 */
import { InputError } from "./input_error.ts";

/** What a folder may hold. */
export interface TarLimits {
  /** Of all files, unpacked. */
  readonly totalBytes: number;
  /** Files, folders and links. */
  readonly entries: number;
}

interface Entry {
  readonly path: string;
  readonly type: "0" | "2" | "5";
  readonly executable: boolean;
  readonly target: string;
}

/** Packs a folder. Throws InputError `too_large`, `bad_input`. Needs `read` on it. */
export async function tarFolder(folder: string, limits: TarLimits): Promise<Uint8Array> {
  const entries: Entry[] = [];
  await list(folder, "", entries, limits);
  const parts: Uint8Array[] = [];
  let totalBytes = 0;
  for (const entry of entries) {
    const bytes = entry.type === "0"
      ? await Deno.readFile(`${folder}/${entry.path}`)
      : new Uint8Array(0);
    totalBytes += bytes.length;
    if (totalBytes > limits.totalBytes) {
      throw new InputError("too_large", `the folder holds more than ${limits.totalBytes} bytes`);
    }
    parts.push(...records(entry, bytes));
  }
  parts.push(new Uint8Array(1024));
  const stream = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream();
  const zipped = stream.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

async function list(
  folder: string,
  below: string,
  entries: Entry[],
  limits: TarLimits,
): Promise<void> {
  const names: Deno.DirEntry[] = [];
  for await (const entry of Deno.readDir(below === "" ? folder : `${folder}/${below}`)) {
    if (entry.name !== ".git") names.push(entry);
  }
  names.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isFile, isSymlink } of names) {
    const path = below === "" ? name : `${below}/${name}`;
    if (entries.length >= limits.entries) {
      throw new InputError("too_large", `the folder holds more than ${limits.entries} entries`);
    }
    if (isDirectory) {
      entries.push({ path: `${path}/`, type: "5", executable: true, target: "" });
      await list(folder, path, entries, limits);
    } else if (isFile) {
      const { mode } = await Deno.stat(`${folder}/${path}`);
      entries.push({ path, type: "0", executable: ((mode ?? 0) & 0o111) !== 0, target: "" });
    } else if (isSymlink) {
      const target = await Deno.readLink(`${folder}/${path}`);
      if (pointsOut(path, target)) {
        throw new InputError("bad_input", `${path} is a link out of the folder: ${target}`);
      }
      entries.push({ path, type: "2", executable: true, target });
    } else throw new InputError("bad_input", `${path} is neither file, folder nor link`);
  }
}

function pointsOut(path: string, target: string): boolean {
  if (target.startsWith("/")) return true;
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** One entry: its header, before it a pax header where a name is long or not ASCII, after it the padded body. */
function records(entry: Entry, body: Uint8Array): Uint8Array[] {
  const encoder = new TextEncoder();
  const path = encoder.encode(entry.path);
  const target = encoder.encode(entry.target);
  const parts: Uint8Array[] = [];
  const pax = [
    // deno-lint-ignore no-control-regex
    path.length > 100 || /[^\u0000-\u007f]/.test(entry.path) ? paxRecord("path", entry.path) : "",
    target.length > 100 ? paxRecord("linkpath", entry.target) : "",
  ].join("");
  if (pax !== "") {
    const bytes = encoder.encode(pax);
    parts.push(header(encoder.encode("pax"), "x", bytes.length, false), padded(bytes));
  }
  parts.push(header(path, entry.type, body.length, entry.executable, target), padded(body));
  return parts;
}

function header(
  path: Uint8Array,
  type: string,
  sizeBytes: number,
  executable: boolean,
  target: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  block.set(path.subarray(0, 100), 0);
  put(100, executable ? "0000755\0" : "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${sizeBytes.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, type);
  block.set(target.subarray(0, 100), 157);
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

function padded(bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  block.set(bytes);
  return block;
}

/** `LENGTH key=value\n`, the length counting itself. */
function paxRecord(key: string, value: string): string {
  const rest = new TextEncoder().encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
