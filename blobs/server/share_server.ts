/**
 * A Blossom server (BUD-01) for one folder: a provider's own copies of its results. Clients can only read single blobs, with GET or HEAD.
 * They cannot list or upload blobs, and cannot read other files. The server serves each blob until {@link SHARED_S} seconds after the blob
 * service last put it into the folder. The blob service also removes old blobs.
 *
 * It needs to read the folder and to listen. Held: as {@link ./http_door.ts}, with fewer connections than a network's server.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import { BlobFolder } from "../blob_folder.ts";
import { contentLength, type RequestHead } from "../http/http_head.ts";
import { type Answer, json, refusal } from "./answer.ts";
import { HttpDoor } from "./http_door.ts";
import { BLOB_SERVER_LIMITS } from "./limits.ts";
import { hashIn, notHere, readAnswer } from "./read_answer.ts";

/** How long a provider serves a copy: as long as the dev network's server keeps one. */
const SHARED_S = BLOB_SERVER_LIMITS.keepS;

const LIMITS = { ...BLOB_SERVER_LIMITS, maxConnections: 64, maxConnectionsPerAddress: 16 };

/** Options of the server. */
interface ShareServerOptions {
  readonly hostname: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** The folder of the blobs, made by {@link BlobFolder.open}. */
  readonly folder: string;
  readonly limits?: Partial<typeof LIMITS>;
  readonly clock: () => number;
  readonly log?: Log;
}

/** A running server. */
export interface ShareServer {
  /** The address on which it listens. */
  readonly url: string;
  /** Closes the listener and its connections. */
  close(): void;
}

/** Starts a server. Throws if the address is not free. */
export function startShareServer(options: ShareServerOptions): ShareServer {
  const { hostname, port, clock, log } = options;
  const folder = BlobFolder.at(options.folder);
  const door = new HttpDoor({
    ...{ hostname, port, log },
    limits: { ...LIMITS, ...options.limits },
  });
  const answer = async (head: RequestHead): Promise<Answer> => {
    const { method, fields } = head;
    if (fields.has("transfer-encoding") || (contentLength(fields) ?? 0) > 0) {
      return refusal(400, "no body is taken here");
    }
    if (method === "OPTIONS") {
      return { status: 204, fields: { "access-control-max-age": "86400" }, length: 0, body: null };
    }
    if (method !== "GET" && method !== "HEAD") {
      return refusal(405, "this server is read-only: GET and HEAD of /SHA256");
    }
    const sha256 = hashIn(head);
    if (sha256 === undefined) {
      return head.target.split("?", 1)[0] === "/"
        ? json(200, { blossom: ["BUD-01"], keep_seconds: SHARED_S })
        : refusal(404, "there is nothing here; blobs are under /SHA256");
    }
    const info = await folder.infoOf(sha256);
    const expiresS = Math.floor((info?.changedMs ?? 0) / 1_000) + SHARED_S;
    if (info === null || expiresS * 1_000 <= clock()) return notHere();
    return await readAnswer(head, folder, { sha256, size: info.size, expiresS });
  };
  void door.serve(answer);
  return { url: door.url, close: () => door.close() };
}
