/**
 * Reads one image of an OCI archive. A stranger made this tar, so each blob that the manifest names is checked against its digest while it
 * is read. All other entries are ignored. Held: one piece, and the documents of the image.
 * @module
 */
import { createHash } from "node:crypto";
import { ImageError } from "./image_error.ts";

/** Random access to the bytes of an archive in memory or in a file. */
export interface ArchiveBytes {
  /** Reads up to `into.length` bytes from `at` on; 0 at the end. */
  read(at: number, into: Uint8Array): Promise<number>;
}

/** An image in its archive. */
export interface ArchivedImage {
  readonly mediaType: string;
  /** `os/arch` from its configuration. */
  readonly platform: string;
  /** The digest of its configuration. */
  readonly config: string;
  /** The digests of its layers, from the lowest on. */
  readonly layers: readonly string[];
  /** Its blobs: the manifest first, each blob once. */
  readonly blobs: readonly ArchivedBlob[];
}

/** A blob of an image. */
interface ArchivedBlob {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly size: number;
  /** The bytes. Throws ImageError `bad_image` at the end if they do not match the digest. */
  pieces(): AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
const MAX_ENTRIES = 4_000;
const MAX_LAYERS = 512;
const MAX_DOCUMENT_BYTES = 1 << 20;
const READ_BYTES = 1 << 18;

/** Finds the image whose manifest has this digest. Throws ImageError `bad_image`. */
export async function archivedImage(bytes: ArchiveBytes, digest: string): Promise<ArchivedImage> {
  const places = await placesIn(bytes);
  const blobOf = (digest: string): ArchivedBlob => {
    const place = places.get(digest);
    if (place === undefined) return bad(`${digest.slice(0, 80)} is missing`);
    return { digest, size: place.size, pieces: () => checkedPieces(bytes, digest, place) };
  };
  const manifestBlob = blobOf(digest);
  const manifest = await documentOf(manifestBlob);
  const configBlob = blobOf(String(manifest.config?.digest));
  const config = await documentOf(configBlob);
  const layers = Array.isArray(manifest.layers) ? manifest.layers : [];
  if (layers.length > MAX_LAYERS) bad(`it has ${layers.length} layers`);
  const blobs = new Map([manifestBlob, configBlob].map((blob) => [blob.digest, blob]));
  for (const layer of layers) {
    const blob = blobOf(String(layer?.digest));
    blobs.set(blob.digest, blob);
  }
  return {
    mediaType: String(manifest.mediaType ?? "application/vnd.oci.image.manifest.v1+json"),
    platform: `${config.os}/${config.architecture}`,
    config: configBlob.digest,
    layers: layers.map((layer) => String(layer?.digest)),
    blobs: [...blobs.values()],
  };
}

interface Place {
  readonly at: number;
  readonly size: number;
}

/** The positions of the blobs. Only regular files whose name is a digest count; of several entries with the same name the first counts. */
async function placesIn(bytes: ArchiveBytes): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  const header = new Uint8Array(BLOCK);
  for (let at = 0, entries = 0;; entries++) {
    if (entries > MAX_ENTRIES) bad(`its archive has more than ${MAX_ENTRIES} entries`);
    const read = await readFully(bytes, at, header);
    if (read < BLOCK || header.every((byte) => byte === 0)) return places;
    checkSum(header);
    const size = octal(header.subarray(124, 136));
    const name = textOf(header.subarray(0, 100));
    const [, hex] = /^(?:\.\/)?blobs\/sha256\/([0-9a-f]{64})$/.exec(name) ?? [];
    const isFile = header[156] === 0 || header[156] === 0x30;
    if (hex !== undefined && isFile && !places.has(`sha256:${hex}`)) {
      places.set(`sha256:${hex}`, { at: at + BLOCK, size });
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

async function* checkedPieces(
  bytes: ArchiveBytes,
  digest: string,
  { at, size }: Place,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(READ_BYTES);
  for (let done = 0; done < size;) {
    const read = await bytes.read(at + done, buffer.subarray(0, Math.min(READ_BYTES, size - done)));
    if (read === 0) bad("its archive is cut off");
    done += read;
    const piece = buffer.subarray(0, read);
    hash.update(piece);
    yield piece;
  }
  if (`sha256:${hash.digest("hex")}` !== digest) bad("a blob is not what its name says");
}

interface ImageJson {
  readonly mediaType?: string;
  readonly config?: { readonly digest?: string };
  readonly layers?: readonly ({ readonly digest?: string } | null)[];
  readonly os?: string;
  readonly architecture?: string;
}

async function documentOf({ size, pieces }: ArchivedBlob): Promise<ImageJson> {
  if (size > MAX_DOCUMENT_BYTES) bad("its manifest or configuration is too large");
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const piece of pieces()) {
    bytes.set(piece, at);
    at += piece.length;
  }
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch { /* said below */ }
  return bad("its manifest or configuration is not JSON");
}

async function readFully(bytes: ArchiveBytes, from: number, into: Uint8Array): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const read = await bytes.read(from + done, into.subarray(done));
    if (read === 0) break;
    done += read;
  }
  return done;
}

/** The header's checksum shows whether the file is a tar. */
function checkSum(header: Uint8Array): void {
  const told = octal(header.subarray(148, 156));
  const sum = header.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (told !== sum) bad("its archive is not a tar");
}

function octal(field: Uint8Array): number {
  const text = textOf(field).trim();
  if (!/^[0-7]{1,12}$/.test(text)) bad("its archive is not a tar");
  return parseInt(text, 8);
}

function textOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder("latin1").decode(end < 0 ? field : field.subarray(0, end));
}

function bad(why: string): never {
  throw new ImageError("bad_image", `Cannot use the image: ${why}`);
}
