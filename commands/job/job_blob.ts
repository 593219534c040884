/**
 * Sends an input that is too large for an event: the request names it by its hash, and the input is stored at a blob server before the job
 * is made.
 *
 * @module
 */
import { join } from "node:path";
import { type BlobReference, urlAt } from "../../blobs/blob_reference.ts";
import { CHUNK_LIST_TYPE, makeChunkList } from "../../blobs/chunk_list.ts";
import { blobPriceUnits } from "../../blobs/blob_price.ts";
import type { Config } from "../../config/config.ts";
import { MAX_LARGE_RESULT_BYTES } from "../../market/blobs/large_result.ts";
import { byReference, type PackedInput } from "../../market/pack_input.ts";
import { CI_RUN, kindOfType } from "../../protocols/nostr/kinds.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { Invocation } from "../../shell/command.ts";

/** The largest input sent by reference. It equals the largest input of `ci-run`. */
const MAX_INPUT_BYTES = 128 << 20;

/**
 * The largest input that can be sent by reference, in bytes. It is 0 if the network has no blob server, or if the kind's skill fetches no
 * references. Only `ci-run` and `image-build` fetch them.
 */
export function largestInput(
  { profile }: Config,
  type: string = CI_RUN.types[0],
  kind?: string,
): number {
  const asked = Number(kind ?? kindOfType(type));
  const fetches = asked === CI_RUN.kind || asked === kindOfType("image-build");
  return profile.blobs === undefined || !fetches ? 0 : MAX_INPUT_BYTES;
}

/**
 * Builds the reference that the request holds, and the bytes to store before the job is made, for an input that is too large for an event.
 */
export async function referredInput(
  packed: PackedInput,
  { profile }: Config,
): Promise<{ readonly packed: PackedInput; readonly large: LargeInput | null }> {
  const { large } = packed;
  if (large === undefined || profile.blobs === undefined) return { packed, large: null };
  const chunked = packed.type === "tar" && large.length >= LEAST_CHUNKED_BYTES;
  const bytes = chunked ? await chunkListOf(large) : large;
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  const sha256 = new Uint8Array(digest).toHex();
  const mime = packed.params.find(([, name]) => name === "mime")?.[2];
  const type = chunked ? CHUNK_LIST_TYPE : mime;
  const reference: BlobReference = {
    sha256,
    size: bytes.length,
    // The mirrors are named before anything is stored. A provider skips a mirror that turns out to have no copy.
    urls: [profile.blobs.url, ...profile.blobs.mirrors ?? []].map((each) => urlAt(each, sha256)),
    ...(type === undefined ? {} : { type }),
  };
  return {
    packed: byReference(packed, reference),
    large: { bytes: large, chunked, type: mime ?? null, blobs: profile.blobs },
  };
}

/** Builds the list of chunks for an archive. The request names this list before anything is stored. */
async function chunkListOf(archive: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([archive.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await makeChunkList(stream, () => Promise.resolve());
}

/** Archives smaller than this are stored whole, not as chunks. */
const LEAST_CHUNKED_BYTES = 1 << 20;

/** The bytes that are stored before the job is made. */
export interface LargeInput {
  readonly bytes: Uint8Array;
  /** True if the input is stored as chunks. Chunks that the server has already are not sent again. */
  readonly chunked: boolean;
  readonly type: string | null;
  readonly blobs: NonNullable<Config["profile"]["blobs"]>;
}

/** Tells the user that the input is sent by reference, and the most that its storage costs. */
export async function noteLarge(
  { output }: Pick<Invocation, "output">,
  { profile: { asset } }: Config,
  { bytes, blobs }: LargeInput,
): Promise<void> {
  const price = formatUnits(blobPriceUnits(bytes.length, blobs.unitsPerMib), asset);
  await output.note(
    `the input of ${bytes.length} bytes goes by reference; its storage costs at most ${price}`,
  );
}

/** Stores the input through the home. Rejects with BlobTransferError. */
export async function storeLarge(
  home: Pick<HomeClient, "putBlob">,
  { paths }: Config,
  { bytes, type, chunked }: LargeInput,
): Promise<void> {
  const folder = join(paths.blobsFolder, "incoming");
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const incoming = crypto.randomUUID();
  const path = join(folder, incoming);
  await Deno.writeFile(path, bytes, { createNew: true, mode: 0o600 });
  try {
    await home.putBlob({ incoming, type, chunked });
  } finally {
    await Deno.remove(path).catch(() => undefined);
  }
}

/** Fetches the text of a result that was sent by reference. Rejects with BlobTransferError. */
export async function textOfBlob(
  home: Pick<HomeClient, "fetchBlob">,
  reference: BlobReference,
): Promise<string> {
  const { path } = await home.fetchBlob({ reference, maxBytes: MAX_LARGE_RESULT_BYTES });
  return await Deno.readTextFile(path);
}
