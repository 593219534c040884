/**
 * A file as a list of chunks: the list is a blob, and so is each chunk, packed with gzip by itself. Two files that are alike share
 * their chunks. What a list says is a stranger's word: it is checked when it is read, and each chunk and the whole by their hashes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isHex } from "../protocols/nostr/hex.ts";
import { BlobTransferError } from "./blob_transfer_error.ts";
import { chunksOf, MAX_CHUNK_BYTES } from "./chunks.ts";

/** MIME type of a list. */
export const CHUNK_LIST_TYPE = "application/vnd.crosstown.chunks+json";
/** The largest list that is read. */
export const MAX_LIST_BYTES = 8 << 20;
const MAX_CHUNKS = 65_536;
/** gzip makes what it cannot pack larger by a few bytes. */
const PACKED_MARGIN = 1_024;

/** One chunk of a list. */
interface ListedChunk {
  /** Of the packed bytes: what the blob is called. */
  readonly sha256: string;
  /** Packed. */
  readonly size: number;
  /** Unpacked. */
  readonly rawSize: number;
}

/** A list. */
interface ChunkList {
  /** Of the whole file. */
  readonly sha256: string;
  readonly size: number;
  readonly chunks: readonly ListedChunk[];
}

/** Cuts and packs a file; `packed` is given each chunk once, in order. Gives the list as it is stored. */
export async function makeChunkList(
  pieces: AsyncIterable<Uint8Array>,
  packed: (chunk: ListedChunk, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = createHash("sha256");
  const chunks: ListedChunk[] = [];
  let size = 0;
  for await (const raw of chunksOf(pieces)) {
    whole.update(raw);
    size += raw.length;
    const bytes = await through(raw, new CompressionStream("gzip"), raw.length + PACKED_MARGIN);
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
  if (!Array.isArray(chunks) || chunks.length > MAX_CHUNKS) throw bad("has no or too many chunks");
  const listed = chunks.map(chunkOf);
  if (listed.reduce((sum, { rawSize }) => sum + rawSize, 0) !== size) {
    throw bad("has chunks that do not add up to the whole");
  }
  return { sha256, size, chunks: listed };
}

/** The raw bytes of a chunk. Throws BlobTransferError `wrong_length`, also where it unpacks to more than it says. */
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
    size > MAX_CHUNK_BYTES + PACKED_MARGIN
  ) throw bad("has a chunk that is none");
  return { sha256, size, rawSize };
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
    if (size + piece.length > mostBytes) throw new RangeError("it is larger than it may be");
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
