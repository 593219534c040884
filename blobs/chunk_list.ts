/**
 * A file as a list of chunks: the list is a blob, and each chunk is a blob, compressed with gzip on its own. Similar files share chunks. A
 * list may come from a stranger, so it is checked when it is read, and each chunk and the whole file are checked by their hashes.
 * @module
 */
import { nodeCrypto } from "../base/node_modules.ts";
import { isHex } from "../protocols/nostr/hex.ts";
import { BlobTransferError } from "./blob_transfer_error.ts";
import { chunksOf, MAX_CHUNK_BYTES } from "./chunks.ts";

/** MIME type of a list. */
export const CHUNK_LIST_TYPE = "application/vnd.crosstown.chunks+json";
/** The largest list that is accepted. */
export const MAX_LIST_BYTES = 8 << 20;
const MAX_CHUNKS = 65_536;

/** One chunk of a list. */
interface ListedChunk {
  /** Hash of the compressed bytes, which is the blob's hash. */
  readonly sha256: string;
  /** Compressed size. */
  readonly size: number;
  /** Uncompressed size. */
  readonly rawSize: number;
}

/** A list of chunks. */
interface ChunkList {
  /** Hash of the whole file. */
  readonly sha256: string;
  readonly size: number;
  readonly chunks: readonly ListedChunk[];
}

/** Cuts and compresses a file. `packed` is called with each chunk once, in order. Returns the list in its stored form. */
export async function makeChunkList(
  pieces: AsyncIterable<Uint8Array>,
  packed: (chunk: ListedChunk, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { createHash } = nodeCrypto();
  const whole = createHash("sha256");
  const chunks: ListedChunk[] = [];
  let size = 0;
  for await (const raw of chunksOf(pieces)) {
    whole.update(raw);
    size += raw.length;
    const bytes = await through(raw, new CompressionStream("gzip"), packedBytes(raw.length));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const chunk = { sha256, size: bytes.length, rawSize: raw.length };
    if (chunks.push(chunk) > MAX_CHUNKS) {
      throw new BlobTransferError("too_large", `a file has at most ${MAX_CHUNKS} chunks`);
    }
    await packed(chunk, bytes);
  }
  const list = {
    v: 1,
    sha256: whole.digest("hex"),
    size,
    chunks: chunks.map((chunk) => [chunk.sha256, chunk.size, chunk.rawSize]),
  };
  return new TextEncoder().encode(JSON.stringify(list));
}

/** Reads a list. Throws BlobTransferError `bad_reference`. */
export function readChunkList(bytes: Uint8Array): ChunkList {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw bad("is no JSON", { cause });
  }
  const { v, sha256, size, chunks } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (v !== 1) throw bad("has an unknown version");
  if (!isHex(sha256, 64) || !isSize(size)) throw bad("names no hash and size of the whole");
  if (!Array.isArray(chunks) || chunks.length > MAX_CHUNKS) throw bad("has no chunks or too many");
  const listed = chunks.map(chunkOf);
  if (listed.reduce((sum, { rawSize }) => sum + rawSize, 0) !== size) {
    throw bad("has chunks that do not add up to the whole");
  }
  return { sha256, size, chunks: listed };
}

/** The raw bytes of a chunk. Throws BlobTransferError `wrong_length`, also if it decompresses to more bytes than listed. */
export async function unpackChunk(
  packed: Uint8Array<ArrayBuffer>,
  { sha256, rawSize }: ListedChunk,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = await through(packed, new DecompressionStream("gzip"), rawSize).catch((cause) => {
    throw new BlobTransferError("wrong_length", `chunk ${sha256} does not unpack to its size`, {
      cause,
    });
  });
  if (raw.length === rawSize) return raw;
  throw new BlobTransferError("wrong_length", `chunk ${sha256} does not unpack to its size`);
}

function chunkOf(value: unknown): ListedChunk {
  const [sha256, size, rawSize] = Array.isArray(value) ? value as unknown[] : [];
  if (
    !isHex(sha256, 64) || !isSize(size) || !isSize(rawSize) || rawSize > MAX_CHUNK_BYTES ||
    rawSize === 0 || size > packedBytes(rawSize)
  ) throw bad("has a malformed chunk");
  return { sha256, size, rawSize };
}

/**
 * The most bytes of a compressed chunk. gzip makes incompressible data larger by a few bytes. No list may name more, so that no more than
 * the size of the whole is fetched.
 */
function packedBytes(rawSize: number): number {
  return rawSize + 64 + (rawSize >>> 8);
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(mostBytes);
  let size = 0;
  const stream = new Blob([bytes]).stream().pipeThrough(transform);
  for await (const piece of stream) {
    if (size + piece.length > mostBytes) throw new RangeError("it is larger than allowed");
    out.set(piece, size);
    size += piece.length;
  }
  return out.slice(0, size);
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function bad(what: string, options: ErrorOptions = {}): BlobTransferError {
  return new BlobTransferError("bad_reference", `the list of chunks ${what}`, options);
}
