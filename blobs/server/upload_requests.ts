/**
 * Uploads to a blob server: whether one may start, a whole blob, and the continuation of an upload.
 *
 * Held: a promise for each upload in progress, at most `maxUploads`.
 *
 * @module
 */
import { reached } from "../../base/crash_point.ts";
import { isHex } from "../../protocols/nostr/hex.ts";
import { BlobTransferError } from "../blob_transfer_error.ts";
import { blobPriceUnits } from "../blob_price.ts";
import type { HttpConnection } from "../http/http_connection.ts";
import { contentLength, type RequestHead } from "../http/http_head.ts";
import { type Answer, json, refusal } from "./answer.ts";
import type { StoredBlob } from "./ledger_tables.ts";
import { authorOf, descriptorOf, onlyHash, type RequestParts } from "./request_parts.ts";

/** An upload whose sender is allowed to upload. */
interface Upload {
  readonly pubkey: string;
  readonly sha256: string;
  /** Size of the whole blob. */
  readonly size: number;
}

const UNDER_WAY = "this blob is being uploaded by this key";
/** Asks the client for the body. A refusal comes before it, so that the body is not sent. */
export const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");

/** See the module. */
export class UploadRequests {
  readonly #parts: RequestParts;
  /** By key and hash: each has at most one body at a time. */
  readonly #uploads = new Map<string, Promise<unknown>>();

  /** Makes the handler. */
  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /** Resolves when no upload is in progress. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#uploads.values());
  }

  /** Answers HEAD (BUD-06). It tells how many bytes of an unfinished upload have arrived. */
  async mayUpload(head: RequestHead): Promise<Answer> {
    const { fields } = head;
    const upload = await this.#checked(
      head,
      fields.get("x-sha-256"),
      fields.get("x-content-length"),
    );
    if ("status" in upload) return upload;
    if (this.#uploads.has(partialName(upload))) return refusal(409, UNDER_WAY);
    const held = this.#hold(upload);
    if (held !== null) return held;
    const offset = await this.#parts.folder.partialSize(partialName(upload));
    if (offset === 0) this.#parts.ledger.release(upload.pubkey, upload.sha256);
    return {
      status: 200,
      fields: { "upload-offset": String(offset) },
      length: 0,
      body: null,
    };
  }

  /** Answers PUT (BUD-02): a whole blob. */
  async put(head: RequestHead, connection: HttpConnection): Promise<Answer> {
    const length = contentLength(head.fields);
    if (length === null) return refusal(411, "an upload needs a Content-Length");
    const upload = await this.#checked(
      head,
      head.fields.get("x-sha-256") ?? onlyHash(head),
      String(length),
    );
    if ("status" in upload) return upload;
    return await this.#receive(upload, null, bodyOf(head, connection, length));
  }

  /** The answer if a key has stored the blob and it is kept long enough; otherwise null. */
  there(pubkey: string, sha256: string): Answer | null {
    const { ledger, nowS } = this.#parts;
    const there = ledger.blob(sha256, nowS());
    if (there === null || !ledger.owns(pubkey, sha256) || !this.#lastsLong(there)) return null;
    return json(200, descriptorOf(this.#parts, there));
  }

  /** Stores a whole blob of pieces that come from elsewhere, by the rules of an upload. Fails with 502 if the pieces fail. */
  async store(upload: Upload, pieces: AsyncIterable<Uint8Array>): Promise<Answer> {
    return await this.#receive(upload, null, pieces);
  }

  /** Answers PATCH: continues an upload. */
  async patch(head: RequestHead, connection: HttpConnection): Promise<Answer> {
    const length = contentLength(head.fields);
    const offset = head.fields.get("upload-offset") ?? "";
    if (length === null) return refusal(411, "an upload needs a Content-Length");
    if (!/^\d{1,15}$/.test(offset)) return refusal(400, "PATCH needs an Upload-Offset");
    const upload = await this.#checked(
      head,
      head.fields.get("x-sha-256"),
      head.fields.get("upload-length"),
    );
    if ("status" in upload) return upload;
    if (Number(offset) + length > upload.size) {
      return refusal(400, "Upload-Offset and Content-Length are above Upload-Length");
    }
    return await this.#receive(upload, Number(offset), bodyOf(head, connection, length));
  }

  /** Who uploads what, or a refusal. It holds no bytes. */
  async #checked(
    head: RequestHead,
    sha256: string | undefined,
    size: string | undefined,
  ): Promise<Upload | Answer> {
    const { limits } = this.#parts;
    if (size === undefined) return refusal(411, "the blob's length is not told");
    if (!isHex(sha256, 64)) return refusal(400, "X-SHA-256 must be 64 lowercase hex digits");
    if (!/^(0|[1-9]\d{0,14})$/.test(size)) return refusal(400, "the blob's length is no number");
    const who = await authorOf(this.#parts, head, "upload", sha256);
    if ("status" in who) return who;
    if (Number(size) > limits.maxBlobBytes) {
      return refusal(413, `a blob has at most ${limits.maxBlobBytes} bytes here`);
    }
    return { pubkey: who.pubkey, sha256, size: Number(size) };
  }

  /** Receives bytes from `offset` on. With null, they are the whole blob, and what an earlier upload left is dropped. */
  async #receive(
    upload: Upload,
    offset: number | null,
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<Answer> {
    const name = partialName(upload);
    const { limits } = this.#parts;
    const there = this.there(upload.pubkey, upload.sha256);
    if (there !== null) return { ...there, closes: true };
    if (this.#uploads.has(name)) return refusal(409, UNDER_WAY);
    if (this.#uploads.size >= limits.maxUploads) {
      return refusal(503, "too many uploads at once", { "retry-after": "1" });
    }
    const held = this.#hold(upload);
    if (held !== null) return held;
    const work = this.#write(upload, offset, pieces);
    this.#uploads.set(name, work);
    try {
      return await work;
    } finally {
      this.#uploads.delete(name);
    }
  }

  async #write(
    upload: Upload,
    offset: number | null,
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<Answer> {
    const { folder, ledger, limits, nowS, unitsPerMib } = this.#parts;
    const { pubkey, sha256, size } = upload;
    const name = partialName(upload);
    // Only here, because another upload of the same blob may be in progress before.
    if (offset === null) await folder.dropPartial(name);
    const came = await folder.partialSize(name);
    if (came !== (offset ?? 0)) {
      return refusal(409, `the upload stands at ${came}`, { "upload-offset": String(came) });
    }
    const writer = await folder.writer(size, name);
    let keep = true;
    try {
      for await (const piece of pieces) await writer.write(piece);
      if (writer.size < size) {
        return {
          status: 204,
          fields: { "upload-offset": String(writer.size) },
          length: 0,
          body: null,
        };
      }
      keep = false;
      await writer.commit(sha256);
      reached("blob.server_written");
      const uploadedS = nowS();
      const blob = { sha256, size, uploadedS, expiresS: uploadedS + limits.keepS };
      ledger.stored(pubkey, blob, unitsPerMib === 0n);
      reached("blob.server_stored");
      return json(201, descriptorOf(this.#parts, blob));
    } catch (error) {
      if (!(error instanceof BlobTransferError)) throw error;
      keep = false;
      ledger.release(pubkey, sha256);
      return refusal(STATUS[error.code] ?? 502, error.message);
    } finally {
      await writer.end(keep);
      if (writer.size === 0) ledger.release(pubkey, sha256);
    }
  }

  /** Holds the upload's bytes; a refusal if the key has too few, or the server has no room. */
  #hold(upload: Upload): Answer | null {
    const { ledger, limits, unitsPerMib, nowS } = this.#parts;
    const held = ledger.hold(upload, {
      free: unitsPerMib === 0n,
      capacityBytes: limits.capacityBytes,
      mostUploads: limits.maxUploadsPerKey,
    }, nowS());
    if (held === "held") return null;
    if (held === "full") return refusal(507, "this server is full");
    if (held === "too_many") {
      return refusal(429, `a key may have ${limits.maxUploadsPerKey} uploads begun`);
    }
    const { boughtBytes, usedBytes, heldBytes } = ledger.account(upload.pubkey);
    const leftBytes = boughtBytes - usedBytes - heldBytes;
    const missing = upload.size - leftBytes;
    return refusal(402, `${upload.size} bytes are needed and ${leftBytes} are paid for`, {
      "x-bytes-missing": String(missing),
      "x-price-units": String(blobPriceUnits(missing, unitsPerMib)),
    });
  }

  #lastsLong({ expiresS }: StoredBlob): boolean {
    const { limits, nowS } = this.#parts;
    return expiresS - nowS() > limits.keepS / 2;
  }
}

/** The answers to errors of an upload's bytes. Others come from a server from which the blob is fetched. */
const STATUS: Partial<Record<BlobTransferError["code"], number>> = {
  wrong_hash: 409,
  no_space: 507,
  too_large: 507,
};

async function* bodyOf(
  { fields }: RequestHead,
  connection: HttpConnection,
  length: number,
): AsyncGenerator<Uint8Array> {
  if (/^100-continue$/i.test(fields.get("expect") ?? "")) await connection.write(CONTINUE);
  yield* connection.body(length);
}

/** A key continues only its own uploads, so nobody can put a wrong beginning before another key's upload. */
function partialName({ pubkey, sha256 }: Upload): string {
  return `${sha256}-${pubkey}`;
}
