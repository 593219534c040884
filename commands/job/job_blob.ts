/**
 * An input that is too large for an event: named by reference before anything is asked, stored before the job is made.
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

/** The largest input that goes by reference: what `ci-run` takes. */
const MAX_INPUT_BYTES = 128 << 20;

/**
 * How large an input may be: 0 where everything must fit the event, since the network has no blob server, or the kind's skill fetches
 * nothing. `ci-run` and `image-build` do.
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

/** An input as it goes into the request, and what must be stored before, where it is too large for an event. */
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
    // Before anything is stored: a mirror that has no copy then is passed over by who fetches it.
    urls: [profile.blobs.url, ...profile.blobs.mirrors ?? []].map((each) => urlAt(each, sha256)),
    ...(type === undefined ? {} : { type }),
  };
  return {
    packed: byReference(packed, reference),
    large: { bytes: large, chunked, type: mime ?? null, blobs: profile.blobs },
  };
}

/** The list of chunks that the home stores for an archive: the request names it before anything is stored. */
async function chunkListOf(archive: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([archive.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await makeChunkList(stream, () => Promise.resolve());
}

/** A smaller archive is sent whole. */
const LEAST_CHUNKED_BYTES = 1 << 20;

/** What is stored before the job is made. */
export interface LargeInput {
  readonly bytes: Uint8Array;
  /** Stored as chunks: those that the server has are not sent again. */
  readonly chunked: boolean;
  readonly type: string | null;
  readonly blobs: NonNullable<Config["profile"]["blobs"]>;
}

/** Says that the input goes by reference, and what its storage costs at most. */
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

/** Stores it through the home. Rejects with BlobTransferError. */
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

/** The text of a result that came by reference. Rejects with BlobTransferError. */
export async function textOfBlob(
  home: Pick<HomeClient, "fetchBlob">,
  reference: BlobReference,
): Promise<string> {
  const { path } = await home.fetchBlob({ reference, maxBytes: MAX_LARGE_RESULT_BYTES });
  return await Deno.readTextFile(path);
}
