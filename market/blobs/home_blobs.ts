/**
 * Implements a home's blob service. Blobs are stored here and at the network's blob server. Storage there is ordered through the outbox and
 * paid like any write.
 *
 * Held: one transfer for each call, and one order at a time.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { reached } from "../../base/crash_point.ts";
import type { Log } from "../../base/log/log.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import type { BlobFolder } from "../../blobs/blob_folder.ts";
import { type BlobReference, checkReference, MAX_URLS, urlAt } from "../../blobs/blob_reference.ts";
import { MAX_HASHES } from "../../blobs/blob_authorization.ts";
import { CHUNK_LIST_TYPE } from "../../blobs/chunk_list.ts";
import type { BlobClient } from "../../blobs/client/blob_client.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import { fetchChunked, inLanes, keepChunked, type KeptBlob } from "./chunked_blobs.ts";
import { copyToMirrors } from "./mirrors.ts";
import { openSealed, sealedPieces } from "./sealed_blob.ts";
import { isPaid, orderStorage } from "./storage_order.ts";
import type { BlobProgress, Blobs, BlobServiceOptions, BlobSource } from "./blobs.ts";

interface Parts {
  readonly folder: BlobFolder;
  readonly client: BlobClient;
  /** The folder of the home's own server of copies, if it has one. */
  readonly shared?: BlobFolder | null;
  readonly store: Pick<Store, "commit" | "outgoingByObligation">;
  readonly signer: Pick<Signer, "encrypt" | "decrypt">;
  readonly pubkey: Pubkey;
  readonly clock: () => number;
  readonly log: Log;
}

/** A blob that the server keeps for longer than this is not stored again. */
const LEAST_MS = 2 * 86_400_000;
/** How long the service waits until the server has recorded an order. */
const ORDER_MS = 60_000;
const ASK_AGAIN_MS = 100;
const READ_BYTES = 1 << 18;
/** Errors of a server that may be back soon. */
const AWAY: readonly BlobTransferError["code"][] = ["unreachable", "stalled"];
const TRY_AGAIN_MS = 500;
/** How often storage is ordered for one transfer. */
const MAX_TRIES = 16;

/** How far an upload is, while it runs. */
type Sending = { -readonly [Key in keyof BlobProgress]: BlobProgress[Key] };

/** Makes the blob service. */
export function homeBlobs(options: BlobServiceOptions, parts: Parts): Blobs {
  const { folder, client, clock, log } = parts;
  /** The uploads of incoming files, by their names. */
  const sending = new Map<string, Sending>();
  let ordering: Promise<unknown> = Promise.resolve();

  const orderAndAwait = async (
    server: string,
    blob: { readonly sha256: string; readonly size: number },
    leave: string,
  ): Promise<number> => {
    const asked = await client.mayStore(server, blob, leave);
    if ("offset" in asked) return asked.offset;
    let orderId = await orderStorage(asked.missing, options, parts);
    log("info", "storage ordered", { bytes: asked.missing });
    for (let untilMs = clock() + ORDER_MS; clock() < untilMs;) {
      const wasPaid = await isPaid(orderId, parts);
      const now = await client.mayStore(server, blob, leave);
      if ("offset" in now) return now.offset;
      if (wasPaid) {
        // Another transfer has used what was ordered for this one.
        orderId = await orderStorage(now.missing, options, parts);
        untilMs = clock() + ORDER_MS;
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
    throw new BlobTransferError(
      "payment_required",
      `storage for ${asked.missing} bytes was ordered and is not paid yet; if it is paid later, you can still use it`,
    );
  };

  /** Orders run one after the other, so that two uploads do not buy the same storage twice. */
  const offsetOf = (...asked: Parameters<typeof orderAndAwait>): Promise<number> => {
    const mine = ordering.then(() => orderAndAwait(...asked));
    ordering = mine.catch(() => undefined);
    return mine;
  };

  /**
   * Stores the blobs that the server does not have. Two transfers at once may be told of the same unused storage: the one that comes too
   * late orders its own.
   */
  const storeAt = async (server: string, blobs: readonly KeptBlob[], upload: Sending) => {
    for (let tries = 1; !await storeMissing(server, blobs, tries < MAX_TRIES, upload); tries++);
  };

  /** The storage for all of them is ordered at once. With `again`, returns false if it was used meanwhile. */
  const storeMissing = async (
    server: string,
    blobs: readonly KeptBlob[],
    again: boolean,
    upload: Sending,
  ) => {
    const missing: KeptBlob[] = [];
    await inLanes(blobs, async (blob) => {
      const has = await client.has(server, blob.sha256);
      if (has === null || has.untilMs - clock() <= LEAST_MS) missing.push(blob);
    });
    if (missing.length === 0) return true;
    const leaves = new Map<string, string>();
    for (let at = 0; at < missing.length; at += MAX_HASHES) {
      const hashes = missing.slice(at, at + MAX_HASHES).map(({ sha256 }) => sha256);
      const leave = await client.authorize("upload", hashes, server);
      for (const sha256 of hashes) leaves.set(sha256, leave);
    }
    const { sha256 } = missing[0]!;
    const size = missing.reduce((sum, blob) => sum + blob.size, 0);
    const offset = await offsetOf(server, { sha256, size }, leaves.get(sha256)!);
    const from = missing.length === 1 ? offset : 0;
    upload.bytes = from;
    upload.ofBytes = size;
    try {
      await inLanes(missing, async (blob) => {
        const leave = leaves.get(blob.sha256)!;
        await client.store(server, blob, leave, { offset: from, sent: (n) => upload.bytes += n });
      });
    } catch (error) {
      const isUnpaid = error instanceof BlobTransferError && error.code === "payment_required";
      if (!isUnpaid || !again) throw error;
      return false;
    }
    log("info", "blobs stored", { blobs: missing.length, of: blobs.length, bytes: size });
    return true;
  };

  /** Tries again while the server cannot be reached, for the time that the options allow. What was transferred is not sent again. */
  const patiently = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    const untilMs = clock() + (options.patienceMs ?? 0);
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const away = error instanceof BlobTransferError && AWAY.includes(error.code);
        if (!away || clock() >= untilMs) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  };

  /** Stores blobs at the server and its mirrors; returns those that have all of them. With a copy of its own, the home does without. */
  const storeEverywhere = async (
    { url: server, mirrors = [] }: NonNullable<BlobServiceOptions["server"]>,
    blobs: readonly KeptBlob[],
    upload: Sending,
  ): Promise<string[]> => {
    try {
      await patiently(() => storeAt(server, blobs, upload));
    } catch (error) {
      if (!(error instanceof BlobTransferError) || !options.share) throw error;
      log("warn", "only this home has a copy", { server, reason: error.message });
      return [];
    }
    return [
      server,
      ...await copyToMirrors(client, { server, mirrors, blobs, log, leastMs: clock() + LEAST_MS }),
    ];
  };

  /** Gives the home's own server the blobs. Returns its address. If that fails, other servers must have them. */
  const shareCopies = async (
    blobs: readonly KeptBlob[],
    others: readonly string[],
  ): Promise<string[]> => {
    const { shared = null } = parts;
    if (!options.share || shared === null) return [];
    try {
      for (const { sha256 } of blobs) await folder.showIn(shared, sha256, clock());
      return [options.share.url];
    } catch (error) {
      if (others.length === 0) throw error;
      // For example a file system without hard links.
      log("warn", "this home serves no copy of its own", { reason: messageOf(error) });
      return [];
    }
  };

  return {
    async put(source, { chunked = false, reader, ...labels } = {}) {
      const { server, share = null } = options;
      if (server === null && share === null) {
        throw new BlobTransferError("no_server", "this network has no blob server");
      }
      const open = piecesOf(source, options.folder);
      const sealed = reader === undefined ? null : await sealedPieces(open, reader, parts.signer);
      if (sealed !== null && chunked) throw new RangeError("a private blob has no chunks");
      const kept = chunked
        ? await keepChunked(folder, rawPieces(open), options.maxBytes)
        : [await keep(folder, sealed?.pieces ?? open, options.maxBytes)] as const;
      reached("blob.kept");
      const upload: Sending = { bytes: 0, ofBytes: 0 };
      const name = "incoming" in source ? source.incoming : null;
      if (name !== null) sending.set(name, upload);
      const places = server === null
        ? []
        : await storeEverywhere(server, kept, upload).finally(() => {
          if (name !== null) sending.delete(name);
        });
      reached("blob.uploaded");
      const [blob] = kept;
      const own = await shareCopies(kept, places);
      const servers = [...places.slice(0, MAX_URLS - own.length), ...own];
      return checkReference({
        ...blob,
        urls: servers.map((each) => urlAt(each, blob.sha256)),
        ...labels,
        ...chunked ? { type: CHUNK_LIST_TYPE } : {},
        ...sealed === null ? {} : { key: sealed.key },
      });
    },
    progressOf(incoming) {
      const upload = sending.get(incoming);
      return Promise.resolve(upload === undefined ? null : { ...upload });
    },
    async fetch(reference: BlobReference, { maxBytes, author }) {
      const most = Math.min(maxBytes, options.maxBytes);
      reached("blob.before_fetch");
      const path = await patiently(() =>
        reference.type === CHUNK_LIST_TYPE
          ? fetchChunked(folder, client, reference, most)
          : client.fetch(reference, { maxBytes: most })
      );
      reached("blob.fetched");
      const { key, sha256, original } = reference;
      if (key === undefined) return { path };
      if (author === undefined) {
        throw new BlobTransferError("bad_key", "a private blob needs the key of its author");
      }
      return { path: await openSealed(folder, sha256, { key, author, original }, parts.signer) };
    },
  };
}

async function keep(
  folder: BlobFolder,
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<KeptBlob> {
  const writer = await folder.writer(maxBytes);
  try {
    for await (const piece of pieces) await writer.write(piece);
    return { size: writer.size, sha256: await writer.commit() };
  } catch (error) {
    await writer.end(false);
    throw error;
  }
}

function pathOf(source: Exclude<BlobSource, { bytes: unknown }>, folder: string): string {
  if ("file" in source) return source.file;
  if (/^[0-9a-f-]{1,64}$/.test(source.incoming)) return `${folder}/incoming/${source.incoming}`;
  throw new BlobTransferError("bad_reference", "the name of an incoming file is hex");
}

async function* piecesOf(source: BlobSource, folder: string): AsyncGenerator<Uint8Array> {
  if ("bytes" in source) return yield source.bytes;
  using file = await Deno.open(pathOf(source, folder));
  const buffer = new Uint8Array(READ_BYTES);
  for (let read; (read = await file.read(buffer)) !== null;) yield buffer.subarray(0, read);
}

/** Unpacks gzip. In a packed file, a small change alters every byte after it, so chunks would never match. */
async function* rawPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = ReadableStream.from(copies(pieces));
  const reader = stream.getReader();
  const { value: first } = await reader.read();
  const rest = ReadableStream.from(async function* () {
    if (first !== undefined) yield first;
    for (let next; !(next = await reader.read()).done;) yield next.value;
  }());
  const isGzip = first?.[0] === 0x1f && first[1] === 0x8b;
  yield* isGzip ? rest.pipeThrough(new DecompressionStream("gzip")) : rest;
}

async function* copies(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of pieces) yield piece.slice();
}
