/**
 * Writes tar archives. The same entries always give the same bytes: entries are sorted and have no times and owners, and their mode is 644
 * or 755.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
 * @module
 */

/** One entry of an archive. */
export interface TarEntry {
  /** A relative path with `/`. The path of a folder ends with `/`. */
  readonly path: string;
  readonly type: "file" | "link" | "folder";
  readonly executable: boolean;
  /** The target of a link. */
  readonly target: string;
  /** The content of a file. */
  readonly bytes: Uint8Array;
}

/** Writes the entries, with each folder before its contents. */
export async function writeTar(entries: readonly TarEntry[]): Promise<Uint8Array> {
  const sorted = [...entries].sort((a, b) => a.path < b.path ? -1 : 1);
  const parts = sorted.flatMap(records);
  parts.push(new Uint8Array(1024));
  return await new Blob(parts as Uint8Array<ArrayBuffer>[]).bytes();
}

/** The header of a plain file. The caller writes the body after it, padded to 512 bytes. Throws RangeError for a name above 100 bytes. */
export function tarFileHeader(path: string, sizeBytes: number): Uint8Array {
  const name = new TextEncoder().encode(path);
  if (name.length > 100) throw new RangeError(`a name has at most 100 bytes (got ${name.length})`);
  return header(name, TYPE_FLAGS.file, sizeBytes, false);
}

/** Compresses a tar with gzip. */
export async function gzip(tar: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([tar as Uint8Array<ArrayBuffer>]).stream();
  const zipped = stream.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

const TYPE_FLAGS = { file: "0", link: "2", folder: "5" } as const;

/** The records of one entry: a pax header if a name is long or not ASCII, then the header, then the padded body. */
function records(entry: TarEntry): Uint8Array[] {
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
  parts.push(
    header(path, TYPE_FLAGS[entry.type], entry.bytes.length, entry.executable, target),
    padded(entry.bytes),
  );
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

/** `LENGTH key=value\n`. The length includes its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = new TextEncoder().encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
