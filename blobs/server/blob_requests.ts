/**
 * What a blob server does for each request: reads, uploads, lists, deletions.
 *
 * Held: a promise for each upload under way, `maxUploads` at most.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { isHex } from "../../protocols/nostr/hex.ts";
import type { Verdict } from "../../protocols/nostr/verifier.ts";
import { type BlobVerb, readAuthorization } from "../blob_authorization.ts";
import { BlobTransferError } from "../blob_transfer_error.ts";
import type { BlobFolder, BlobWriter } from "../blob_folder.ts";
import { blobPriceUnits } from "../blob_price.ts";
import type { HttpConnection } from "../http/http_connection.ts";
import { contentLength, HttpHeadError, type RequestHead } from "../http/http_head.ts";
import { type Answer, json, refusal } from "./answer.ts";
import type { BlobLedger, StoredBlob } from "./blob_ledger.ts";
import { rangeOf } from "./byte_range.ts";
import type { BlobServerLimits } from "./limits.ts";

/** What requests are answered with. */
interface RequestParts {
  readonly folder: BlobFolder;
  readonly ledger: BlobLedger;
  readonly limits: BlobServerLimits;
  /** Without a slash at the end. */
  readonly url: string;
  /** Host names of this server. */
  readonly hosts: ReadonlySet<string>;
  readonly unitsPerMib: bigint;
  readonly verify: (events: readonly NostrEvent[]) => Promise<readonly Verdict[]>;
  readonly nowS: () => number;
}

/** An upload whose sender may upload it. */
interface Upload {
  readonly pubkey: string;
  readonly sha256: string;
  /** Of the whole blob. */
  readonly size: number;
}

const UNDER_WAY = "this blob is being uploaded by this key";
const READ_BYTES = 1 << 18;
/** Proves that the connection can be used on without the body: nothing was sent yet. */
const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");

/** See the module. */
export class BlobRequests {
  readonly #parts: RequestParts;
  /** By key and hash: one body at a time for each. */
  readonly #uploads = new Map<string, Promise<unknown>>();

  /** Answers nothing yet. */
  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /** Resolves when no upload is under way. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#uploads.values());
  }

  /** Answers one request; of a refused one the body is not read. */
  async answer(head: RequestHead, connection: HttpConnection): Promise<Answer> {
    const { method, fields } = head;
    const path = head.target.split("?", 1)[0];
    if (fields.has("transfer-encoding")) {
      return refusal(411, "a body needs a Content-Length; a chunked one is not taken");
    }
    const length = contentLength(fields) ?? 0;
    const takesBody = method === "PUT" || method === "PATCH";
    if (length > 0 && !takesBody) return refusal(400, `${method} takes no body here`);
    if (method === "OPTIONS") {
      return { status: 204, fields: { "access-control-max-age": "86400" }, length: 0, body: null };
    }
    if (path === "/upload") {
      if (method === "HEAD") return await this.#mayUpload(head);
      if (method === "PUT") return await this.#put(head, connection);
      if (method === "PATCH") return await this.#patch(head, connection);
      return refusal(405, "/upload takes HEAD, PUT and PATCH");
    }
    if (path === "/mirror") return refusal(403, "this server mirrors from nobody");
    const list = /^\/list\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (list !== undefined) return await this.#list(head, list);
    const sha256 = /^\/([0-9a-f]{64})(?:\.[A-Za-z0-9.]{1,16})?$/.exec(path)?.[1];
    if (sha256 === undefined) {
      return path === "/" && (method === "GET" || method === "HEAD")
        ? json(200, this.#about())
        : refusal(404, "there is nothing here; blobs are under /SHA256");
    }
    if (method === "GET" || method === "HEAD") return await this.#read(head, sha256);
    if (method === "DELETE") return await this.#delete(head, sha256);
    return refusal(405, "a blob takes GET, HEAD and DELETE");
  }

  #about() {
    const { limits, unitsPerMib } = this.#parts;
    return {
      blossom: ["BUD-01", "BUD-02", "BUD-06", "BUD-11"],
      max_blob_bytes: limits.maxBlobBytes,
      keep_seconds: limits.keepS,
      units_per_mib: String(unitsPerMib),
    };
  }

  async #read(head: RequestHead, sha256: string): Promise<Answer> {
    const { folder, ledger, nowS } = this.#parts;
    const blob = ledger.blob(sha256, nowS());
    if (blob === null) return refusal(404, "this blob is not here");
    const file = await folder.openBlob(sha256).catch((error: unknown) => {
      if (error instanceof BlobTransferError) return null;
      throw error;
    });
    if (file === null) return refusal(404, "this blob is not here");
    const range = rangeOf(head.fields.get("range"), blob.size);
    const fields = {
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "accept-ranges": "bytes",
      "etag": `"${sha256}"`,
      "cache-control": "public, max-age=31536000, immutable",
      "sunset": new Date(blob.expiresS * 1_000).toUTCString(),
    };
    if (range === "unsatisfiable") {
      file.close();
      return refusal(416, "the range is not in the blob", {
        "content-range": `bytes */${blob.size}`,
      });
    }
    const { from, to } = range ?? { from: 0, to: blob.size };
    return {
      status: range === null ? 200 : 206,
      fields: range === null
        ? fields
        : { ...fields, "content-range": `bytes ${from}-${to - 1}/${blob.size}` },
      length: to - from,
      body: () => pieces(file, from, to),
      end: () => file.close(),
    };
  }

  async #list(head: RequestHead, pubkey: string): Promise<Answer> {
    if (head.method !== "GET") return refusal(405, "/list takes GET");
    const who = await this.#author(head, "list", null);
    if ("status" in who) return who;
    if (who.pubkey !== pubkey) return refusal(403, "only the key itself may list its blobs");
    const query = new URLSearchParams(head.target.split("?")[1] ?? "");
    const time = (name: string, fallback: number) => {
      const text = query.get(name) ?? "";
      return /^\d{1,12}$/.test(text) ? Number(text) : fallback;
    };
    const { ledger, nowS } = this.#parts;
    const found = ledger.list(pubkey, time("since", 0), time("until", 1e12), nowS());
    return json(200, found.map((blob) => this.#descriptor(blob)));
  }

  async #delete(head: RequestHead, sha256: string): Promise<Answer> {
    const who = await this.#author(head, "delete", sha256);
    if ("status" in who) return who;
    const { ledger, folder } = this.#parts;
    if (!ledger.owns(who.pubkey, sha256)) return refusal(404, "this key stored no such blob");
    if (ledger.isHeld(sha256)) return refusal(409, "this blob is being uploaded");
    if (ledger.disown(who.pubkey, sha256)) folder.removeNow(sha256);
    return json(200, { message: "deleted" });
  }

  /** BUD-06; an upload that was begun is told how far it came. */
  async #mayUpload(head: RequestHead): Promise<Answer> {
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

  async #put(head: RequestHead, connection: HttpConnection): Promise<Answer> {
    const length = contentLength(head.fields);
    if (length === null) return refusal(411, "an upload needs a Content-Length");
    const upload = await this.#checked(
      head,
      head.fields.get("x-sha-256") ?? onlyHash(head),
      String(length),
    );
    if ("status" in upload) return upload;
    await this.#parts.folder.dropPartial(partialName(upload));
    return await this.#receive(head, connection, upload, 0, length);
  }

  async #patch(head: RequestHead, connection: HttpConnection): Promise<Answer> {
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
    return await this.#receive(head, connection, upload, Number(offset), length);
  }

  /** Who uploads what, or a refusal. Nothing is held yet. */
  async #checked(
    head: RequestHead,
    sha256: string | undefined,
    size: string | undefined,
  ): Promise<Upload | Answer> {
    const { limits } = this.#parts;
    if (size === undefined) return refusal(411, "the blob's length is not told");
    if (!isHex(sha256, 64)) return refusal(400, "X-SHA-256 must be 64 lowercase hex digits");
    if (!/^(0|[1-9]\d{0,14})$/.test(size)) return refusal(400, "the blob's length is no number");
    const who = await this.#author(head, "upload", sha256);
    if ("status" in who) return who;
    if (Number(size) > limits.maxBlobBytes) {
      return refusal(413, `a blob has at most ${limits.maxBlobBytes} bytes here`);
    }
    return { pubkey: who.pubkey, sha256, size: Number(size) };
  }

  async #receive(
    head: RequestHead,
    connection: HttpConnection,
    upload: Upload,
    offset: number,
    length: number,
  ): Promise<Answer> {
    const name = partialName(upload);
    const { limits, ledger, nowS } = this.#parts;
    const there = ledger.blob(upload.sha256, nowS());
    if (there !== null && ledger.owns(upload.pubkey, upload.sha256) && this.#lastsLong(there)) {
      return { ...json(200, this.#descriptor(there)), closes: true };
    }
    if (this.#uploads.has(name)) return refusal(409, UNDER_WAY);
    if (this.#uploads.size >= limits.maxUploads) {
      return refusal(503, "too many uploads at once", { "retry-after": "1" });
    }
    const held = this.#hold(upload);
    if (held !== null) return held;
    const work = this.#write(head, connection, upload, offset, length);
    this.#uploads.set(name, work);
    try {
      return await work;
    } finally {
      this.#uploads.delete(name);
    }
  }

  async #write(
    head: RequestHead,
    connection: HttpConnection,
    upload: Upload,
    offset: number,
    length: number,
  ): Promise<Answer> {
    const { folder, ledger, limits, nowS, unitsPerMib } = this.#parts;
    const { pubkey, sha256, size } = upload;
    const name = partialName(upload);
    const came = await folder.partialSize(name);
    if (came !== offset) {
      return refusal(409, `the upload stands at ${came}`, { "upload-offset": String(came) });
    }
    const writer = await folder.writer(size, name);
    let keep = true;
    try {
      if (/^100-continue$/i.test(head.fields.get("expect") ?? "")) await connection.write(CONTINUE);
      await receive(connection, writer, length);
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
      const uploadedS = nowS();
      const blob = { sha256, size, uploadedS, expiresS: uploadedS + limits.keepS };
      ledger.stored(pubkey, blob, unitsPerMib === 0n);
      return json(201, this.#descriptor(blob));
    } catch (error) {
      if (!(error instanceof BlobTransferError)) throw error;
      keep = false;
      ledger.release(pubkey, sha256);
      return refusal(error.code === "wrong_hash" ? 409 : 507, error.message);
    } finally {
      await writer.end(keep);
      if (writer.size === 0) ledger.release(pubkey, sha256);
    }
  }

  /** Holds its bytes; a refusal where it has none, or there is no room. */
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

  /** The author of the request's authorization, or a refusal. */
  async #author(
    { fields }: RequestHead,
    verb: BlobVerb,
    sha256: string | null,
  ): Promise<{ readonly pubkey: string } | Answer> {
    const { hosts, nowS, verify } = this.#parts;
    const read = readAuthorization(fields.get("authorization"), {
      verb,
      sha256,
      servers: hosts,
      nowS: nowS(),
    });
    if ("refusal" in read) return refusal(401, read.refusal);
    const [verdict] = await verify([read.event]);
    if (verdict !== "ok") return refusal(401, "the authorization's signature does not verify");
    return { pubkey: read.event.pubkey };
  }

  #lastsLong({ expiresS }: StoredBlob): boolean {
    const { limits, nowS } = this.#parts;
    return expiresS - nowS() > limits.keepS / 2;
  }

  #descriptor({ sha256, size, uploadedS, expiresS }: StoredBlob) {
    return {
      url: `${this.#parts.url}/${sha256}.bin`,
      sha256,
      size,
      type: "application/octet-stream",
      uploaded: uploadedS,
      expires: expiresS,
    };
  }
}

async function receive(
  connection: HttpConnection,
  writer: BlobWriter,
  length: number,
): Promise<void> {
  for await (const piece of connection.body(length)) await writer.write(piece);
}

async function* pieces(file: Deno.FsFile, from: number, to: number): AsyncGenerator<Uint8Array> {
  await file.seek(from, Deno.SeekMode.Start);
  const buffer = new Uint8Array(READ_BYTES);
  for (let left = to - from; left > 0;) {
    const read = await file.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (read === null) throw new HttpHeadError("the blob's file is shorter than its row");
    left -= read;
    yield buffer.subarray(0, read);
  }
}

/** A key goes on with its own bytes alone: nobody can put a wrong beginning before another's upload. */
function partialName({ pubkey, sha256 }: Upload): string {
  return `${sha256}-${pubkey}`;
}

/** An older client names the hash in its authorization alone. */
function onlyHash({ fields }: RequestHead): string | undefined {
  try {
    const text = fields.get("authorization")?.replace(/^Nostr /i, "") ?? "";
    const bytes = Uint8Array.fromBase64(text.replaceAll("+", "-").replaceAll("/", "_"), {
      alphabet: "base64url",
    });
    const { tags } = JSON.parse(new TextDecoder().decode(bytes)) as { tags: string[][] };
    const hashes = tags.filter(([name]) => name === "x").map(([, hash]) => hash);
    return hashes.length === 1 ? hashes[0] : undefined;
  } catch {
    return undefined;
  }
}
