/**
 * A Blossom server (BUD-01, 02, 04, 06, 11, and PATCH to continue uploads): blobs over HTTP/1.1, stored with a signed authorization and
 * bought bytes.
 *
 * It accepts connections itself ({@link ./http_door.ts}). A body needs a `Content-Length`; a chunked one is refused. Every request is
 * checked before its body is read.
 *
 * @see https://github.com/hzrd149/blossom
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Verdict } from "../../protocols/nostr/verifier.ts";
import { BlobFolder } from "../blob_folder.ts";
import type { SourceReach } from "../client/source_url.ts";
import { type BlobAccount, BlobLedger } from "./blob_ledger.ts";
import { BlobRequests } from "./blob_requests.ts";
import { HttpDoor } from "./http_door.ts";
import { BLOB_SERVER_LIMITS, type BlobServerLimits } from "./limits.ts";

/** Options of a blob server. */
export interface BlobServerOptions {
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** Default 0, which means a free port. */
  readonly port?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The folder of blobs and ledger; created if missing. */
  readonly folder: string;
  /** The URL for clients; default the address on which it listens. */
  readonly publicUrl?: string;
  /** Base units for each MiB; 0 means free. */
  readonly unitsPerMib: bigint;
  /** From where it fetches blobs that it is asked to mirror (BUD-04). Default: from nowhere. */
  readonly mirrors?: SourceReach | null;
  readonly limits?: Partial<BlobServerLimits>;
  /** Returns verdicts in the order of the events. */
  readonly verify: (events: readonly NostrEvent[]) => Promise<readonly Verdict[]>;
  readonly clock?: () => number;
  readonly log?: Log;
}

/** Figures of a running server. */
export interface BlobServerStatus {
  readonly url: string;
  readonly blobs: number;
  /** Bytes of all blobs and of uploads in progress. */
  readonly storedBytes: number;
  readonly connections: number;
}

/** A running blob server. */
export interface BlobServer {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** Adds paid bytes, once for each order. */
  credit(orderId: string, pubkey: string, bytes: number): Promise<BlobAccount>;
  /** The figures now. */
  status(): BlobServerStatus;
  /** Removes expired blobs, and uploads that were not continued. */
  sweep(): Promise<void>;
  /** Closes connections and the ledger. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a blob server; resolves when it listens. */
export async function startBlobServer(options: BlobServerOptions): Promise<BlobServer> {
  const folder = await BlobFolder.open(options.folder);
  const server = new Server(options, folder);
  await server.removeOrphans();
  await server.sweep();
  server.listen();
  return server;
}

class Server implements BlobServer {
  url = "";
  readonly #options: BlobServerOptions;
  readonly #limits: BlobServerLimits;
  readonly #folder: BlobFolder;
  readonly #ledger: BlobLedger;
  readonly #clock: () => number;
  #requests!: BlobRequests;
  #door: HttpDoor | null = null;
  #sweeps: ReturnType<typeof setInterval> | undefined;

  constructor(options: BlobServerOptions, folder: BlobFolder) {
    this.#options = options;
    this.#limits = { ...BLOB_SERVER_LIMITS, ...options.limits };
    this.#folder = folder;
    this.#ledger = new BlobLedger(`${options.folder}/ledger.db`);
    this.#clock = options.clock ?? Date.now;
  }

  listen(): void {
    const { hostname = "127.0.0.1", port = 0, tls, publicUrl, log } = this.#options;
    const door = new HttpDoor({ hostname, port, tls, log, limits: this.#limits });
    this.#door = door;
    this.url = publicUrl?.replace(/\/$/, "") ?? door.url;
    this.#requests = new BlobRequests({
      folder: this.#folder,
      ledger: this.#ledger,
      limits: this.#limits,
      url: this.url,
      hosts: new Set([door.url, this.url].map((each) => new URL(each).hostname.toLowerCase())),
      unitsPerMib: this.#options.unitsPerMib,
      verify: this.#options.verify,
      nowS: () => Math.floor(this.#clock() / 1_000),
    }, this.#options.mirrors ?? null);
    void door.serve((head, connection) => this.#requests.answer(head, connection));
    this.#sweeps = setInterval(() => {
      this.sweep().catch((error) =>
        this.#options.log?.("error", "blob server could not sweep", { reason: String(error) })
      );
    }, this.#limits.sweepMs);
    Deno.unrefTimer(this.#sweeps as unknown as number);
  }

  credit(orderId: string, pubkey: string, bytes: number): Promise<BlobAccount> {
    const nowS = Math.floor(this.#clock() / 1_000);
    return Promise.resolve(this.#ledger.credit(orderId, pubkey, bytes, nowS));
  }

  status(): BlobServerStatus {
    return {
      url: this.url,
      blobs: this.#ledger.count(),
      storedBytes: this.#ledger.storedBytes(),
      connections: this.#door?.connections ?? 0,
    };
  }

  async sweep(): Promise<void> {
    const nowMs = this.#clock();
    for (const sha256 of this.#ledger.expired(Math.floor(nowMs / 1_000), SWEEP_BLOBS)) {
      // Row and file are removed in one turn, but not while the blob is being uploaded again.
      if (this.#ledger.isHeld(sha256)) continue;
      this.#ledger.forget(sha256);
      this.#folder.removeNow(sha256);
    }
    const beforeMs = nowMs - this.#limits.uploadKeptMs;
    await this.#folder.sweepPartial(beforeMs);
    this.#ledger.releaseOld(Math.floor(beforeMs / 1_000));
  }

  /** Removes files whose rows are missing after a crash. No upload has started yet. */
  async removeOrphans(): Promise<void> {
    for await (const sha256 of this.#folder.all()) {
      if (!this.#ledger.knows(sha256)) this.#folder.removeNow(sha256);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeps);
    this.#door?.close();
    await this.#requests?.ended();
    this.#ledger.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const SWEEP_BLOBS = 1_000;
