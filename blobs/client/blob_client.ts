/**
 * A client of blob servers: fetches a blob from any of its servers, and stores blobs at one.
 *
 * Received bytes are hashed while they are written, and get their final name only after the hash was verified. An interrupted transfer
 * continues where it ended, also from another server. If the hash is then wrong, the bytes are discarded, and the server is asked once for
 * the whole blob.
 *
 * @module
 */
import type { EventTemplate, NostrEvent } from "../../protocols/nostr/event.ts";
import { authorizationField, authorizationTemplate, type BlobVerb } from "../blob_authorization.ts";
import { BlobTransferError } from "../blob_transfer_error.ts";
import type { BlobFolder } from "../blob_folder.ts";
import { type BlobReference, checkReference, urlAt } from "../blob_reference.ts";
import { filePieces } from "../file_pieces.ts";
import { transferBlob } from "./blob_transfer.ts";
import type { HttpAnswer, HttpClient } from "./http_client.ts";

/** What a client is made from. */
interface BlobClientParts {
  readonly http: HttpClient;
  readonly folder: BlobFolder;
  /** Signs authorizations of requests; fetching needs none. */
  readonly sign: (event: EventTemplate) => Promise<NostrEvent>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Limits of one fetch. */
interface FetchLimits {
  /** A larger blob is refused before the request. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** A client of blob servers. See the module. */
export class BlobClient {
  readonly #parts: BlobClientParts;
  /** By hash: two callers that want the same blob wait for the same transfer. */
  readonly #fetches = new Map<string, Promise<string>>();

  /** Makes a client; it sends nothing yet. */
  constructor(parts: BlobClientParts) {
    this.#parts = parts;
  }

  /** Fetches a blob into the folder; returns its path. Rejects with the BlobTransferError of the last server that was tried. */
  async fetch(reference: BlobReference, limits: FetchLimits): Promise<string> {
    const { sha256, size, urls } = checkReference(reference);
    const { folder } = this.#parts;
    if (size > limits.maxBytes) {
      throw new BlobTransferError(
        "too_large",
        `the blob has ${size} bytes, at most ${limits.maxBytes} are taken`,
      );
    }
    const there = await folder.sizeOf(sha256);
    if (there === size) {
      await folder.used(sha256, this.#parts.clock());
      return folder.pathOf(sha256);
    }
    if (there !== null) {
      throw new BlobTransferError(
        "wrong_length",
        `the blob has ${there} bytes, the reference says ${size}`,
      );
    }
    const running = this.#fetches.get(sha256);
    if (running !== undefined) return await running;
    const fetching = this.#fromAny(sha256, size, urls, limits.signal)
      .finally(() => this.#fetches.delete(sha256));
    this.#fetches.set(sha256, fetching);
    return await fetching;
  }

  /** A server's information about a blob: its size and how long it is kept; null if the server does not have it. */
  async has(
    server: string,
    sha256: string,
    signal?: AbortSignal,
  ): Promise<{ readonly size: number; readonly untilMs: number } | null> {
    await using answer = await this.#parts.http.send(
      { method: "HEAD", url: urlAt(server, sha256) },
      signal,
    );
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw refusedBy(server, answer);
    const untilMs = Date.parse(answer.fields.get("sunset") ?? "");
    return { size: answer.length ?? 0, untilMs: Number.isNaN(untilMs) ? Infinity : untilMs };
  }

  /**
   * Asks whether a blob may be stored (BUD-06). Returns how many bytes an earlier upload left there, or how many bytes must be bought
   * first. Rejects with BlobTransferError `refused`, `too_large`.
   */
  async mayStore(
    server: string,
    blob: { readonly sha256: string; readonly size: number },
    authorization: string,
    signal?: AbortSignal,
  ): Promise<{ readonly offset: number } | { readonly missing: number }> {
    await using answer = await this.#parts.http.send({
      method: "HEAD",
      url: `${base(server)}/upload`,
      fields: {
        authorization,
        "x-sha-256": blob.sha256,
        "x-content-length": String(blob.size),
        "x-content-type": "application/octet-stream",
      },
    }, signal);
    if (answer.status === 200) {
      const offset = Number(answer.fields.get("upload-offset") ?? "0");
      return {
        offset: Number.isSafeInteger(offset) && offset >= 0 && offset < blob.size ? offset : 0,
      };
    }
    if (answer.status === 402) {
      const missing = Number(answer.fields.get("x-bytes-missing") ?? "");
      return { missing: Number.isSafeInteger(missing) && missing > 0 ? missing : blob.size };
    }
    // A server that does not know this question decides at the upload itself.
    if (answer.status === 404 || answer.status === 405 || answer.status === 501) {
      return { offset: 0 };
    }
    throw refusedBy(server, answer);
  }

  /**
   * Stores a blob of the folder at a server, from `offset` on. Then it can be fetched at {@link urlAt}. `sent` is called with the length of
   * each piece that was handed to the connection.
   */
  async store(
    server: string,
    blob: { readonly sha256: string; readonly size: number },
    authorization: string,
    { offset = 0, sent, signal }: {
      readonly offset?: number;
      readonly sent?: (bytes: number) => void;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<void> {
    using file = await this.#parts.folder.openBlob(blob.sha256);
    const patch = offset > 0;
    await using answer = await this.#parts.http.send({
      method: patch ? "PATCH" : "PUT",
      url: `${base(server)}/upload`,
      fields: {
        authorization,
        "content-type": "application/octet-stream",
        "x-sha-256": blob.sha256,
        ...patch ? { "upload-offset": String(offset), "upload-length": String(blob.size) } : {},
      },
      body: {
        length: blob.size - offset,
        pieces: () => counted(filePieces(file, offset, blob.size), sent),
      },
    }, signal);
    if (answer.status !== 200 && answer.status !== 201) throw refusedBy(server, answer);
    const descriptor = await jsonOf(answer) as { readonly sha256?: unknown };
    if (descriptor.sha256 !== blob.sha256) {
      throw new BlobTransferError(
        "malformed_answer",
        `${new URL(server).host} stored another blob`,
      );
    }
  }

  /** Asks a server to fetch a blob from a URL (BUD-04); false if it refuses, or stores another blob. */
  async mirror(
    server: string,
    blob: { readonly sha256: string; readonly size: number },
    from: string,
    authorization: string,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const body = new TextEncoder().encode(JSON.stringify({ url: from }));
    await using answer = await this.#parts.http.send({
      method: "PUT",
      url: `${base(server)}/mirror`,
      fields: { authorization, "content-type": "application/json", "x-sha-256": blob.sha256 },
      body: { length: body.length, pieces: () => piecesOf(body) },
      answerMs: MIRROR_MS + blob.size / MIRROR_BYTES_PER_MS,
    }, signal);
    if (answer.status !== 200 && answer.status !== 201) return false;
    const descriptor = await jsonOf(answer) as { readonly sha256?: unknown };
    return descriptor.sha256 === blob.sha256;
  }

  /** The signed authorization for this operation on these blobs at a server. */
  async authorize(verb: BlobVerb, hashes: readonly string[], server: string): Promise<string> {
    const nowS = Math.floor(this.#parts.clock() / 1_000);
    const event = await this.#parts.sign(authorizationTemplate(verb, hashes, server, nowS));
    return authorizationField(event);
  }

  async #fromAny(
    sha256: string,
    size: number,
    urls: readonly string[],
    signal?: AbortSignal,
  ): Promise<string> {
    let last: unknown = null;
    for (const url of urls) {
      try {
        return await transferBlob(this.#parts, url, { sha256, size }, signal);
      } catch (error) {
        if (!(error instanceof BlobTransferError) || error.code === "no_space") throw error;
        last = error;
      }
    }
    throw last;
  }
}

function refusedBy(server: string, { status, fields }: HttpAnswer): BlobTransferError {
  const { host } = new URL(server);
  const reason = fields.get("x-reason")?.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 200);
  const words = `${host} answers ${status}${reason === undefined ? "" : `: ${reason}`}`;
  if (status === 402) return new BlobTransferError("payment_required", words);
  if (status === 413) return new BlobTransferError("too_large", words);
  return new BlobTransferError("refused", words);
}

async function jsonOf(answer: HttpAnswer): Promise<unknown> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of answer.body()) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_DESCRIPTOR) break;
  }
  try {
    return JSON.parse(text) ?? {};
  } catch (cause) {
    throw new BlobTransferError("malformed_answer", "the server's answer is no JSON", { cause });
  }
}

/** The pieces; `sent` gets the length of each, when the next one is asked for. */
async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  sent: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const { length } = piece;
    yield piece;
    sent(length);
  }
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function base(server: string): string {
  return server.replace(/\/+$/, "");
}

const MAX_DESCRIPTOR = 65_536;
/** How long a server may take to fetch a blob: this, and its size at this rate. */
const MIRROR_MS = 20_000;
const MIRROR_BYTES_PER_MS = 1_024;
