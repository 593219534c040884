/**
 * Handles `PUT /mirror` (BUD-04): the server fetches a blob from another server. The same rules as for an upload apply: authorization, size,
 * bought bytes, hash. The client chooses the URL, so its address is checked ({@link ../client/source_address.ts}), and a redirect is refused.
 * Where storage costs something, no server is asked for a key that has no bought bytes left: keys cost nothing.
 *
 * Held: at most `maxMirrors` fetches, `maxMirrorsPerKey` of one key, each for at most `mirrorMs` and with one buffer of 256 KiB. A source
 * must name the length of the blob, and is cut if it is slower than a client may be.
 *
 * @see https://github.com/hzrd149/blossom/blob/master/buds/04.md
 * @module
 */
import { isHex } from "../../protocols/nostr/hex.ts";
import { checkBlobUrl } from "../blob_reference.ts";
import { BlobTransferError } from "../blob_transfer_error.ts";
import { type HttpAnswer, HttpClient } from "../client/http_client.ts";
import { sourceAddress } from "../client/source_address.ts";
import type { SourceReach } from "../client/source_url.ts";
import type { HttpConnection } from "../http/http_connection.ts";
import { contentLength, type RequestHead } from "../http/http_head.ts";
import { type Answer, refusal } from "./answer.ts";
import { authorOf, onlyHash, type RequestParts } from "./request_parts.ts";
import { CONTINUE, type UploadRequests } from "./upload_requests.ts";

const MAX_BODY_BYTES = 4_096;

/** See the module. */
export class MirrorRequests {
  readonly #parts: RequestParts;
  readonly #uploads: UploadRequests;
  readonly #reach: SourceReach;
  /** The key of each fetch. */
  readonly #fetches: string[] = [];

  /** Makes the handler. Fetched blobs are stored by `uploads`. */
  constructor(parts: RequestParts, uploads: UploadRequests, reach: SourceReach) {
    this.#parts = parts;
    this.#uploads = uploads;
    this.#reach = reach;
  }

  /** Answers PUT. */
  async put(head: RequestHead, connection: HttpConnection): Promise<Answer> {
    const { limits } = this.#parts;
    const length = contentLength(head.fields);
    if (length === null) return refusal(411, "a request to mirror needs a Content-Length");
    if (length > MAX_BODY_BYTES) return refusal(413, `at most ${MAX_BODY_BYTES} bytes are read`);
    const sha256 = head.fields.get("x-sha-256") ?? onlyHash(head);
    if (!isHex(sha256, 64)) return refusal(400, "the authorization must name one blob");
    const who = await authorOf(this.#parts, head, "upload", sha256);
    if ("status" in who) return who;
    const { pubkey } = who;
    // Before a place is taken: otherwise keys that cost nothing could take all places with bodies that come slowly.
    const unpaid = this.#uploads.there(pubkey, sha256) === null ? this.#unpaid(pubkey) : null;
    if (unpaid !== null) return unpaid;
    const ofKey = this.#fetches.filter((each) => each === pubkey).length;
    if (this.#fetches.length >= limits.maxMirrors || ofKey >= limits.maxMirrorsPerKey) {
      return refusal(503, "too many blobs are being mirrored", { "retry-after": "1" });
    }
    this.#fetches.push(pubkey);
    try {
      if (/^100-continue$/i.test(head.fields.get("expect") ?? "")) await connection.write(CONTINUE);
      const url = await urlIn(connection, length);
      return this.#uploads.there(pubkey, sha256) ?? await this.#fetch(url, pubkey, sha256);
    } catch (error) {
      if (error instanceof BlobTransferError) return refusal(statusOf(error), error.message);
      throw error;
    } finally {
      this.#fetches.splice(this.#fetches.indexOf(pubkey), 1);
    }
  }

  /** The refusal of a key without bought bytes. Null if it may have enough, which is known when the source tells the blob's size. */
  #unpaid(pubkey: string): Answer | null {
    const { ledger, unitsPerMib } = this.#parts;
    const { boughtBytes, usedBytes } = ledger.account(pubkey);
    return unitsPerMib === 0n || boughtBytes > usedBytes
      ? null
      : refusal(402, "no bytes are paid for, so nothing is fetched");
  }

  async #fetch(url: string, pubkey: string, sha256: string): Promise<Answer> {
    const { limits } = this.#parts;
    const http = new HttpClient(sourceAddress(this.#reach), limits);
    const signal = AbortSignal.timeout(limits.mirrorMs);
    try {
      await using answer = await http.send({ method: "GET", url }, signal);
      const size = sizeOf(answer, url);
      if (size > limits.maxBlobBytes) {
        return refusal(413, `a blob has at most ${limits.maxBlobBytes} bytes here`);
      }
      return await this.#uploads.store({ pubkey, sha256, size }, inTime(answer, signal, url));
    } catch (error) {
      throw signal.aborted ? late(url) : error;
    } finally {
      http.close();
    }
  }
}

/** The body `{"url": "..."}`. Throws BlobTransferError `bad_reference`. */
async function urlIn(connection: HttpConnection, length: number): Promise<string> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of connection.body(length)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  let url: unknown;
  try {
    url = (JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) ?? {}).url;
  } catch (cause) {
    throw new BlobTransferError("bad_reference", "the body must be JSON", { cause });
  }
  if (typeof url !== "string") {
    throw new BlobTransferError("bad_reference", 'the body must be {"url": "..."}');
  }
  checkBlobUrl(url);
  return url;
}

function sizeOf({ status, length }: HttpAnswer, url: string): number {
  const { host } = new URL(url);
  if (status !== 200) {
    throw new BlobTransferError(
      status === 404 || status === 410 ? "not_there" : "unreachable",
      `${host} answers with status ${status}`,
    );
  }
  if (length === null) {
    throw new BlobTransferError("malformed_answer", `${host} does not say how long the blob is`);
  }
  return length;
}

/** The body. An end because of the time limit is an error of the source. */
async function* inTime(
  answer: HttpAnswer,
  signal: AbortSignal,
  url: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* answer.body();
  } catch (error) {
    throw signal.aborted ? late(url) : error;
  }
}

function late(url: string): BlobTransferError {
  return new BlobTransferError("stalled", `${new URL(url).host} takes too long`);
}

function statusOf({ code }: BlobTransferError): number {
  if (code === "bad_reference") return 400;
  return code === "private_address" || code === "refused" ? 403 : 502;
}
