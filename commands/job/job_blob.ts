/**
 * Sends an input that is too large for an event: the request names it by its hash, and the input is stored at a blob server before the job
 * is made.
 *
 * @module
 */
import { join } from "../../base/path.ts";
import { type BlobReference, MAX_INPUT_BYTES, urlAt } from "../../blobs/blob_reference.ts";
import { CHUNK_LIST_TYPE, makeChunkList, readChunkList } from "../../blobs/chunk_list.ts";
import { encryptedBytes, SEAL_BYTES } from "../../blobs/private_blob.ts";
import { blobPriceUnits } from "../../blobs/blob_price.ts";
import type { Config } from "../../config/config.ts";
import { MAX_LARGE_RESULT_BYTES } from "../../market/blobs/large_result_limit.ts";
import type { Market } from "../../market/market_service.ts";
import { byReference, type PackedInput } from "../../market/pack_input.ts";
import { CI_RUN, kindOfType } from "../../protocols/nostr/kinds.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";
import type { Invocation } from "../../shell/command.ts";
import { ofMegabytes } from "../../shell/of_megabytes.ts";

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
 * A private input is encrypted under a new key, which only its request holds. Says how far that is, because a large input takes seconds.
 */
export async function referredInput(
  packed: PackedInput,
  { profile: { blobs } }: Pick<Config, "profile">,
  isPrivate: boolean,
  output: Pick<Invocation["output"], "progress">,
): Promise<ReferredInput> {
  const { large } = packed;
  if (large === undefined || blobs === undefined) return { packed, large: null, inputHash: null };
  try {
    return await referenceTo(packed, large, blobs, isPrivate, output);
  } finally {
    await output.progress("");
  }
}

async function referenceTo(
  packed: PackedInput,
  large: Uint8Array,
  blobs: LargeInput["blobs"],
  isPrivate: boolean,
  output: Pick<Invocation["output"], "progress">,
): Promise<ReferredInput> {
  // Chunks of a private input would be encrypted under a new key each time, so none of them would be at the server already.
  const chunked = !isPrivate && packed.type === "tar" && large.length >= LEAST_CHUNKED_BYTES;
  await output.progress(
    `${isPrivate ? "encrypting" : "hashing"} the input of ${large.length} bytes`,
  );
  const sealed = isPrivate ? await encryptedBytes(large) : null;
  const bytes = sealed?.bytes ?? (chunked ? await chunkListOf(large, output) : large);
  const total = chunked ? readChunkList(bytes).size : undefined;
  const sha256 = await hashOf(bytes);
  const mime = packed.params.find(([, name]) => name === "mime")?.[2];
  const type = isPrivate ? "application/octet-stream" : chunked ? CHUNK_LIST_TYPE : mime;
  const reference: BlobReference = {
    sha256,
    size: bytes.length,
    ...(total === undefined ? {} : { total }),
    // The mirrors are named before anything is stored. A provider skips a mirror that turns out to have no copy.
    urls: [blobs.url, ...blobs.mirrors ?? []].map((each) => urlAt(each, sha256)),
    ...(type === undefined ? {} : { type }),
    ...(sealed === null ? {} : { secret: sealed.secret }),
  };
  return {
    packed: byReference(packed, reference),
    large: {
      bytes: sealed?.bytes ?? large,
      chunked,
      type: (isPrivate ? type : mime) ?? null,
      blobs,
      isPrivate,
    },
    inputHash: isPrivate ? await hashOf(large) : null,
  };
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}

/** An input as its request refers to it. */
interface ReferredInput {
  readonly packed: PackedInput;
  /** The bytes to store before the job is made; null if the request contains the input. */
  readonly large: LargeInput | null;
  /**
   * The SHA-256 of a private input before its encryption; null for others. The encrypted bytes differ each time, but the same command must
   * find its job.
   */
  readonly inputHash: string | null;
}

/** Builds the list of chunks for an archive. The request names this list before anything is stored. */
async function chunkListOf(
  archive: Uint8Array,
  output: Pick<Invocation["output"], "progress">,
): Promise<Uint8Array> {
  let read = 0;
  const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (read >= archive.length) return controller.close();
      controller.enqueue(archive.slice(read, read += PIECE_BYTES));
    },
  });
  const stream = pieces.pipeThrough(new DecompressionStream("gzip"));
  return await makeChunkList(
    stream,
    () =>
      output.progress(
        `hashing the input: ${ofMegabytes(Math.min(read, archive.length), archive.length)}`,
      ),
  );
}

const PIECE_BYTES = 1 << 18;

/** Archives smaller than this are stored whole, not as chunks. */
const LEAST_CHUNKED_BYTES = 1 << 20;

/** The bytes that are stored before the job is made. */
export interface LargeInput {
  readonly bytes: Uint8Array;
  /** True if the input is stored as chunks. Chunks that the server has already are not sent again. */
  readonly chunked: boolean;
  readonly type: string | null;
  readonly blobs: NonNullable<Config["profile"]["blobs"]>;
  /** Whether the bytes are encrypted. */
  readonly isPrivate: boolean;
}

/** Tells the user that the input is sent by reference, and the most that its storage costs. */
export async function noteLarge(
  { output }: Pick<Invocation, "output">,
  { profile: { asset } }: Config,
  { bytes, blobs, isPrivate }: LargeInput,
): Promise<void> {
  const price = formatUnits(blobPriceUnits(bytes.length, blobs.unitsPerMib), asset);
  await output.note(
    `the input of ${bytes.length} bytes goes by reference${
      isPrivate ? ", encrypted for its provider" : ""
    }; its storage costs at most ${price}`,
  );
}

/** Stores the input through the home, and says how far that is. Rejects with BlobTransferError. */
export async function storeLarge(
  { output, signal }: Pick<Invocation, "output" | "signal">,
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
    await output.progress("storing the input at the blob server");
    await home.putBlob({ incoming, type, chunked }, {
      signal,
      progress: ({ bytes: sent, ofBytes }) =>
        void output.progress(`storing the input: ${ofMegabytes(sent, ofBytes)}`),
    });
  } finally {
    await output.progress("");
    await Deno.remove(path).catch(() => undefined);
  }
}

/** The text of a result that was sent by reference, and why it does not match its provider's schema. */
export interface FetchedText {
  readonly text: string;
  /** Null if it matches, or if there is no schema. */
  readonly misfit: string | null;
}

/** Fetches the text of a result that is a blob, over a home that it opens for it. */
export function textFetcher(
  invocation: Invocation,
  config: Config,
  market: Pick<Market, "misfitOfResult">,
  row: JobRow,
): (blob: BlobReference) => Promise<FetchedText> {
  return async (blob) => {
    await using home = await openHomeClient(invocation, config, {});
    return await textOfBlob(home, market, row, blob, invocation.io.clock);
  };
}

/**
 * Fetches the text of a result that was sent by reference, and compares it with its provider's schema. A successful job whose result does
 * not match becomes an error. Rejects with BlobTransferError.
 */
export async function textOfBlob(
  home: Pick<HomeClient, "fetchBlob" | "denyResult" | "read">,
  market: Pick<Market, "misfitOfResult">,
  { jobId, provider, status, resultEventId }: JobRow,
  reference: BlobReference,
  clock: () => number,
): Promise<FetchedText> {
  const { path } = await home.fetchBlob({
    reference,
    maxBytes: MAX_LARGE_RESULT_BYTES + SEAL_BYTES,
    ...reference.key !== undefined && provider !== null && { author: provider },
  });
  const text = await Deno.readTextFile(path);
  if (status !== "success" || provider === null || resultEventId === null) {
    return { text, misfit: null };
  }
  const schema = await home.read((store) => store.resultSchemaOf(jobId, provider));
  const misfit = await market.misfitOfResult(schema, text);
  if (misfit !== null) {
    await home.denyResult({ jobId, resultEventId, message: misfit, atMs: clock() });
  }
  return { text, misfit };
}
