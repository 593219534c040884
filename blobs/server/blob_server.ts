/**
 * A Blossom server (BUD-01, 02, 06, 11, and PATCH to continue uploads): blobs over HTTP/1.1, stored with a signed authorization and bought
 * bytes. It refuses to mirror (BUD-04).
 *
 * It accepts connections itself. Held: `maxConnections` connections, at most `maxConnectionsPerAddress` of one address; further ones are
 * closed at once. Each has one buffer of 256 KiB. A body needs a `Content-Length`; a chunked one is refused. Every request is checked
 * before its body is read.
 *
 * @see https://github.com/hzrd149/blossom
 * @module
 */
import { addressGroup } from "../../base/address_group.ts";
import type { Log } from "../../base/log/log.ts";
import { hostAndPort } from "../../base/urls.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Verdict } from "../../protocols/nostr/verifier.ts";
import { BlobFolder } from "../blob_folder.ts";
import { ConnectionEnded, ConnectionStalled, HttpConnection } from "../http/http_connection.ts";
import { HttpHeadError, parseRequestHead } from "../http/http_head.ts";
import { type Answer, answerHead, refusal } from "./answer.ts";
import { type BlobAccount, BlobLedger } from "./blob_ledger.ts";
import { BlobRequests } from "./blob_requests.ts";
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
  readonly #connections = new Set<HttpConnection>();
  readonly #byAddress = new Map<string, number>();
  #requests!: BlobRequests;
  #listener: Deno.Listener | null = null;
  #sweeps: ReturnType<typeof setInterval> | undefined;

  constructor(options: BlobServerOptions, folder: BlobFolder) {
    this.#options = options;
    this.#limits = { ...BLOB_SERVER_LIMITS, ...options.limits };
    this.#folder = folder;
    this.#ledger = new BlobLedger(`${options.folder}/ledger.db`);
    this.#clock = options.clock ?? Date.now;
  }

  listen(): void {
    const { hostname = "127.0.0.1", port = 0, tls, publicUrl } = this.#options;
    const listener = tls === undefined
      ? Deno.listen({ hostname, port })
      : Deno.listenTls({ hostname, port, ...tls });
    this.#listener = listener;
    const host = hostAndPort(hostname, (listener.addr as Deno.NetAddr).port);
    const own = `${tls === undefined ? "http" : "https"}://${host}`;
    this.url = publicUrl?.replace(/\/$/, "") ?? own;
    this.#requests = new BlobRequests({
      folder: this.#folder,
      ledger: this.#ledger,
      limits: this.#limits,
      url: this.url,
      hosts: new Set([own, this.url].map((each) => new URL(each).hostname.toLowerCase())),
      unitsPerMib: this.#options.unitsPerMib,
      verify: this.#options.verify,
      nowS: () => Math.floor(this.#clock() / 1_000),
    });
    void this.#accept(listener);
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
      connections: this.#connections.size,
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
    this.#listener?.close();
    for (const connection of this.#connections) connection.close();
    await this.#requests?.ended();
    this.#ledger.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for (;;) {
      let conn: Deno.Conn;
      try {
        conn = await listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
          return;
        }
        // Too many open files, or a failed handshake. The next connection may succeed.
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
        continue;
      }
      const address = addressGroup((conn.remoteAddr as Deno.NetAddr).hostname ?? "");
      const ofAddress = this.#byAddress.get(address) ?? 0;
      const { maxConnections, maxConnectionsPerAddress } = this.#limits;
      if (this.#connections.size >= maxConnections || ofAddress >= maxConnectionsPerAddress) {
        conn.close();
        continue;
      }
      this.#byAddress.set(address, ofAddress + 1);
      const connection = new HttpConnection(conn, this.#limits);
      this.#connections.add(connection);
      void this.#serve(connection).finally(() => {
        connection.close();
        this.#connections.delete(connection);
        const left = this.#byAddress.get(address)! - 1;
        if (left === 0) this.#byAddress.delete(address);
        else this.#byAddress.set(address, left);
      });
    }
  }

  /** Serves requests one after the other until one end closes the connection. */
  async #serve(connection: HttpConnection): Promise<void> {
    let begun = false;
    try {
      for (let served = 0; served < MAX_REQUESTS; served++) {
        const bytes = await connection.head(this.#limits.requestMs);
        if (bytes === null) return;
        const head = parseRequestHead(bytes);
        const answer = await this.#requests.answer(head, connection);
        const goesOn = head.keepAlive && !answer.closes && served < MAX_REQUESTS - 1;
        begun = true;
        await send(connection, answer, head.method === "HEAD", goesOn);
        if (!goesOn) return;
        begun = false;
      }
    } catch (error) {
      if (error instanceof HttpHeadError) {
        await send(connection, refusal(400, error.message), false, false).catch(() => undefined);
      } else if (!(error instanceof ConnectionStalled || error instanceof ConnectionEnded)) {
        this.#options.log?.("error", "blob request failed", { reason: String(error) });
        // A second answer would be read as the rest of the first answer's body, so the connection is closed before the body's end.
        if (begun) return;
        await send(connection, refusal(500, "the server failed"), false, false)
          .catch(() => undefined);
      }
    }
  }
}

async function send(
  connection: HttpConnection,
  answer: Answer,
  headOnly: boolean,
  goesOn: boolean,
): Promise<void> {
  try {
    await connection.write(answerHead(answer, goesOn));
    if (!headOnly && answer.body !== null) await connection.writeAll(answer.body());
  } finally {
    answer.end?.();
  }
}

/** The most requests of one connection. */
const MAX_REQUESTS = 10_000;
const ACCEPT_PAUSE_MS = 100;
const SWEEP_BLOBS = 1_000;
