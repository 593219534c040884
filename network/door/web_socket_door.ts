/**
 * The door of a server: HTTP for short answers, WebSocket for everything else, with limits and timers on the connections themselves.
 * `headersTimeout` and `requestTimeout` of `node:http` have no effect under Deno, and a server whose process ran out of open files
 * accepts nobody any more, without a word. So connections are accepted here, counted and timed, and handed to the HTTP server.
 *
 * A connection is pending from its first moment until it is established: a connection that is only asked something over HTTP never is,
 * and is closed after the answer. What is pending is bounded and timed by a {@link PendingPool}. How many are established, the server
 * behind the door decides.
 *
 * @module
 */
import { hostAndPort } from "../../base/urls.ts";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { nextTick } from "node:process";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { systemTimers, type Timers } from "../../base/timers.ts";
import { addressGroup } from "../../base/address_group.ts";
import { OneRequest } from "./one_request.ts";
import { type Expelled, type PendingLimits, PendingPool } from "./pending_pool.ts";

/** A client whose WebSocket is open. */
export interface DoorClient {
  readonly socket: WebSocket;
  /** What lies beneath it. */
  readonly stream: Duplex;
  readonly request: IncomingMessage;
  /** Whom it is counted to. */
  readonly address: string;
  /** It is no longer pending. Until then its time runs, and it may have to give way. */
  establish(): void;
}

/** What a door needs. */
export interface DoorOptions {
  readonly hostname: string;
  /** 0: a free one. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly pending: PendingLimits;
  /** The largest message; a larger one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** Answers what is no upgrade. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Whether an upgrade is granted; else it is answered with 400. */
  readonly grants?: (request: IncomingMessage) => boolean;
  readonly connected: (client: DoorClient) => void;
  readonly timers?: Timers;
}

interface Connection {
  readonly raw: Socket;
  readonly address: string;
  socket: WebSocket | null;
}

/** Frames of one message: each is held as an object of its own, so that a message of single bytes would hold a hundred times its size. */
const MAX_FRAGMENTS = 256;
/** Reads of the socket that one message may take: as above. A message of 1 MiB in packets of 1,400 bytes takes 750. */
const MAX_CHUNKS = 4_096;
/** How long the close frame of a connection that broke the protocol may take to leave. */
const ERROR_GRACE_MS = 1_000;

const CLOSE_CODES: Readonly<Record<Expelled, [code: number, words: string]>> = {
  late: [1008, "not signed in in time"],
  crowded: [1013, "too many connections that did not sign in"],
};

/** An open door. */
export class WebSocketDoor {
  readonly #options: DoorOptions;
  readonly #tcp = createTcpServer({ noDelay: true }, (raw) => this.#accept(raw));
  readonly #http: Server;
  readonly #tls: TlsServer | null;
  readonly #sockets: WebSocketServer;
  readonly #timers: Timers;
  readonly #pending: PendingPool<Connection>;
  /** By the other end's address and port, which a TLS stream shares with the connection beneath it. */
  readonly #connections = new Map<string, Connection>();
  #port = 0;

  /** Not listening yet. */
  constructor(options: DoorOptions) {
    this.#options = options;
    const { tls, answer, maxMessageBytes } = options;
    const answerOnce = (request: IncomingMessage, response: ServerResponse) => {
      response.setHeader("connection", "close");
      answer(request, response);
    };
    this.#http = createServer(answerOnce);
    this.#tls = tls === undefined ? null : createTlsServer(tls, (stream) => this.#read(stream));
    this.#tls?.on("tlsClientError", (_error, stream) => stream.destroy());
    // No compression: a small frame that unpacks to a large one is refused as the protocol error that it then is.
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_CHUNKS,
    });
    this.#http.on("upgrade", (request, stream) => {
      this.#upgrade(request, stream as unknown as OneRequest);
    });
    const timers = this.#timers = options.timers ?? systemTimers;
    // Clients compare their clocks with ours.
    this.#sockets.on("headers", (headers: string[]) => {
      headers.push(`Date: ${new Date(timers.now()).toUTCString()}`);
    });
    this.#pending = new PendingPool(options.pending, timers, expel);
  }

  /** Where it listens. */
  get port(): number {
    return this.#port;
  }

  /** `host:port`, an IPv6 address in brackets. */
  get host(): string {
    return hostAndPort(this.#options.hostname, this.#port);
  }

  /** Connections that are not established. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Resolves when it listens; rejects when it cannot. */
  async listen(): Promise<void> {
    const { hostname, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#tcp.once("error", reject);
      this.#tcp.listen(port, hostname, () => {
        this.#tcp.off("error", reject);
        this.#tcp.on("error", () => {});
        resolve();
      });
    });
    this.#port = (this.#tcp.address() as AddressInfo).port;
  }

  /** Accepts nobody any more. */
  stopListening(): void {
    this.#tcp.close();
  }

  /** Cuts what is left and listens no more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    this.#pending.close();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    for (const { raw } of this.#connections.values()) raw.destroy();
    await closed;
  }

  #accept(raw: Socket): void {
    raw.on("error", () => {});
    const { remoteAddress } = raw;
    // It has gone already.
    if (remoteAddress === undefined) return void raw.destroy();
    const connection: Connection = { raw, address: addressGroup(remoteAddress), socket: null };
    const key = keyOf(raw);
    this.#connections.set(key, connection);
    raw.once("close", () => {
      this.#connections.delete(key);
      this.#pending.leave(connection);
    });
    this.#pending.add(connection, connection.address);
    if (this.#tls === null) this.#read(raw);
    else this.#tls.emit("connection", raw);
  }

  /** One request is read of a connection, whatever it sends. */
  #read(stream: Socket): void {
    stream.on("error", () => {});
    const request = new OneRequest(stream, keyOf(stream));
    request.on("error", () => {});
    this.#http.emit("connection", request);
  }

  #upgrade(request: IncomingMessage, reader: OneRequest): void {
    const connection = this.#connections.get(reader.name);
    const { stream } = reader;
    if (connection === undefined) return void stream.destroy();
    if (this.#options.grants?.(request) === false) {
      return void reader.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    }
    this.#sockets.handleUpgrade(request, stream, reader.release(), (socket) => {
      // Before anything else: a socket without this listener ends the process on its first error. It has sent its close frame then,
      // and would read and drop for half a minute what still comes.
      socket.on("error", () => {
        nextTick(() => stream.pause());
        const cancel = this.#timers.after(ERROR_GRACE_MS, () => socket.terminate());
        socket.once("close", cancel);
      });
      connection.socket = socket;
      const establish = () => void this.#pending.leave(connection);
      this.#options.connected({ socket, stream, request, address: connection.address, establish });
    });
    stream.resume();
  }
}

function keyOf(
  { remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">,
): string {
  return `${remoteAddress} ${remotePort}`;
}

/** A WebSocket is told why; its close frame leaves with what waits, and nobody waits for an answer. */
function expel({ raw, socket }: Connection, why: Expelled): void {
  if (socket === null) return void raw.destroy();
  socket.close(...CLOSE_CODES[why]);
  raw.destroySoon();
}
