/**
 * Files that are stored as lists of chunks. Chunks that the server already has are not sent again. A fetched file is assembled from its
 * chunks.
 *
 * Held: one chunk, and `LANES` transfers at a time.
 *
 * @module
 */
import type { BlobFolder } from "../../blobs/blob_folder.ts";
import { type BlobReference, urlAt } from "../../blobs/blob_reference.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import {
  makeChunkList,
  MAX_LIST_BYTES,
  readChunkList,
  unpackChunk,
} from "../../blobs/chunk_list.ts";
import type { BlobClient } from "../../blobs/client/blob_client.ts";

/** A blob in the folder. */
export interface KeptBlob {
  readonly sha256: string;
  readonly size: number;
}

const LANES = 8;

/** Stores a file as chunks. Returns the list first, then each chunk once. */
export async function keepChunked(
  folder: BlobFolder,
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<readonly [list: KeptBlob & { readonly total: number }, ...chunks: KeptBlob[]]> {
  const chunks = new Map<string, KeptBlob>();
  let total = 0;
  const list = await makeChunkList(pieces, async (chunk, bytes) => {
    total += chunk.rawSize;
    if (total > maxBytes) {
      throw new BlobTransferError("too_large", `the file is larger than ${maxBytes} bytes`);
    }
    if (chunks.has(chunk.sha256)) return;
    chunks.set(chunk.sha256, { sha256: chunk.sha256, size: chunk.size });
    if (await folder.sizeOf(chunk.sha256) !== chunk.size) await keepBytes(folder, bytes);
  });
  return [{ ...await keepBytes(folder, list), total }, ...chunks.values()];
}

/**
 * Fetches the chunks of a list and assembles the file. Returns its path. The sizes of the list, of each chunk and of the file are checked
 * before they are fetched.
 */
export async function fetchChunked(
  folder: BlobFolder,
  client: BlobClient,
  reference: BlobReference,
  maxBytes: number,
): Promise<string> {
  const listPath = await client.fetch(reference, { maxBytes: Math.min(maxBytes, MAX_LIST_BYTES) });
  const list = readChunkList(await Deno.readFile(listPath));
  if (reference.total !== undefined && reference.total !== list.size) {
    throw new BlobTransferError(
      "wrong_length",
      `the list of chunks is of ${list.size} bytes, and not of ${reference.total} as it was said`,
    );
  }
  if (list.size > maxBytes) {
    throw new BlobTransferError(
      "too_large",
      `the file has ${list.size} bytes, at most ${maxBytes} are accepted`,
    );
  }
  if (await folder.sizeOf(list.sha256) === list.size) return folder.pathOf(list.sha256);
  const servers = reference.urls.map((url) => new URL(url).origin);
  const paths = new Map<string, string>();
  const wanted = [...new Map(list.chunks.map((chunk) => [chunk.sha256, chunk])).values()];
  await inLanes(wanted, async ({ sha256, size }) => {
    const urls = servers.map((server) => urlAt(server, sha256));
    paths.set(sha256, await client.fetch({ sha256, size, urls }, { maxBytes }));
  });
  const writer = await folder.writer(list.size);
  try {
    for (const chunk of list.chunks) {
      const packed = await Deno.readFile(paths.get(chunk.sha256)!);
      await writer.write(await unpackChunk(packed, chunk));
    }
    await writer.commit(list.sha256);
    return folder.pathOf(list.sha256);
  } catch (error) {
    await writer.end(false);
    throw error;
  }
}

/** Does the work for each item, a few at a time. After a failure no further work starts. Rejects with it when all begun work has ended. */
export async function inLanes<Each>(
  all: readonly Each[],
  work: (each: Each) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < all.length && !failed) {
      await work(all[next++]!).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

async function keepBytes(folder: BlobFolder, bytes: Uint8Array): Promise<KeptBlob> {
  const writer = await folder.writer(bytes.length);
  try {
    await writer.write(bytes);
    return { sha256: await writer.commit(), size: bytes.length };
  } catch (error) {
    await writer.end(false);
    throw error;
  }
}
