/**
 * Handles the requests of a blob server: reads, lists and deletions here, uploads in upload_requests.ts.
 *
 * @module
 */
import type { SourceReach } from "../client/source_url.ts";
import type { HttpConnection } from "../http/http_connection.ts";
import { contentLength, type RequestHead } from "../http/http_head.ts";
import { type Answer, json, refusal } from "./answer.ts";
import { MirrorRequests } from "./mirror_requests.ts";
import { hashIn, notHere, readAnswer } from "./read_answer.ts";
import { authorOf, descriptorOf, type RequestParts } from "./request_parts.ts";
import { UploadRequests } from "./upload_requests.ts";

/** See the module. */
export class BlobRequests {
  readonly #parts: RequestParts;
  readonly #uploads: UploadRequests;
  readonly #mirrors: MirrorRequests | null;

  /** Makes the handler. `mirrors`: from where blobs may be fetched; null for nowhere. */
  constructor(parts: RequestParts, mirrors: SourceReach | null) {
    this.#parts = parts;
    this.#uploads = new UploadRequests(parts);
    this.#mirrors = mirrors === null ? null : new MirrorRequests(parts, this.#uploads, mirrors);
  }

  /** Resolves when no upload is in progress. */
  async ended(): Promise<void> {
    await this.#uploads.ended();
  }

  /** Answers one request. The body of a refused request is not read. */
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
      if (method === "HEAD") return await this.#uploads.mayUpload(head);
      if (method === "PUT") return await this.#uploads.put(head, connection);
      if (method === "PATCH") return await this.#uploads.patch(head, connection);
      return refusal(405, "/upload takes HEAD, PUT and PATCH");
    }
    if (path === "/mirror") {
      if (method !== "PUT") return refusal(405, "/mirror takes PUT");
      return await this.#mirrors?.put(head, connection) ??
        refusal(403, "this server mirrors from nobody");
    }
    const list = /^\/list\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (list !== undefined) return await this.#list(head, list);
    const sha256 = hashIn(head);
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
      blossom: ["BUD-01", "BUD-02", ...this.#mirrors ? ["BUD-04"] : [], "BUD-06", "BUD-11"],
      max_blob_bytes: limits.maxBlobBytes,
      keep_seconds: limits.keepS,
      units_per_mib: String(unitsPerMib),
    };
  }

  async #read(head: RequestHead, sha256: string): Promise<Answer> {
    const { folder, ledger, nowS } = this.#parts;
    const blob = ledger.blob(sha256, nowS());
    return blob === null ? notHere() : await readAnswer(head, folder, blob);
  }

  async #list(head: RequestHead, pubkey: string): Promise<Answer> {
    if (head.method !== "GET") return refusal(405, "/list takes GET");
    const who = await authorOf(this.#parts, head, "list", null);
    if ("status" in who) return who;
    if (who.pubkey !== pubkey) return refusal(403, "only the key itself may list its blobs");
    const query = new URLSearchParams(head.target.split("?")[1] ?? "");
    const time = (name: string, fallback: number) => {
      const text = query.get(name) ?? "";
      return /^\d{1,12}$/.test(text) ? Number(text) : fallback;
    };
    const { ledger, nowS } = this.#parts;
    const found = ledger.list(pubkey, time("since", 0), time("until", 1e12), nowS());
    return json(200, found.map((blob) => descriptorOf(this.#parts, blob)));
  }

  async #delete(head: RequestHead, sha256: string): Promise<Answer> {
    const who = await authorOf(this.#parts, head, "delete", sha256);
    if ("status" in who) return who;
    const { ledger, folder } = this.#parts;
    if (!ledger.owns(who.pubkey, sha256)) return refusal(404, "this key stored no such blob");
    if (ledger.isHeld(sha256)) return refusal(409, "this blob is being uploaded");
    if (ledger.disown(who.pubkey, sha256)) folder.removeNow(sha256);
    return json(200, { message: "deleted" });
  }
}
