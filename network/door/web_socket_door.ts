/**
 * Accepts the connections of a server: HTTP for short answers, WebSocket for everything else. Limits and timers apply to the connections
 * themselves, because `headersTimeout` and `requestTimeout` of `node:http` have no effect under Deno, and a server whose process has too
 * many open files silently accepts no more connections. So this module accepts and counts connections, limits their time, and passes them
 * to the HTTP server.
 *
 * A connection is pending until it is established. A {@link PendingPool} limits the number and the time of pending connections. A
 * connection with a plain HTTP request is never established: it is closed after the answer. The server decides how many connections it
 * establishes.
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
  /** The TCP or TLS stream of the WebSocket. */
  readonly stream: Duplex;
  readonly request: IncomingMessage;
  /** The address group to which limits per address count it. */
  readonly address: string;
  /** Marks the connection as established. Until then, its time limit runs, and a new connection may replace it. */
  establish(): void;
}

/** The options of a {@link WebSocketDoor}. */
export interface DoorOptions {
  readonly hostname: string;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly pending: PendingLimits;
  /** The largest WebSocket message; a larger one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** Answers requests that are not WebSocket upgrades. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Whether an upgrade is accepted. If not, the answer is 400. */
  readonly grants?: (request: IncomingMessage) => boolean;
  readonly connected: (client: DoorClient) => void;
  readonly timers?: Timers;
}

interface Connection {
  readonly raw: Socket;
  readonly address: string;
  socket: WebSocket | null;
}

/**
 * The most frames of one message. Each frame is held as an object, so a message in frames of one byte would need a hundred times its size.
 */
const MAX_FRAGMENTS = 256;
/** The most reads of the socket for one message, for the same reason. A message of 1 MiB in packets of 1,400 bytes needs 750. */
const MAX_CHUNKS = 4_096;
/** How long a connection that broke the protocol stays open, so that its close frame can be sent, in milliseconds. */
const ERROR_GRACE_MS = 1_000;

const CLOSE_CODES: Readonly<Record<Expelled, [code: number, words: string]>> = {
  late: [1008, "no sign-in in time"],
  crowded: [1013, "too many connections without a sign-in"],
};

/** The connections of one server. */
export class WebSocketDoor {
  readonly #options: DoorOptions;
  readonly #tcp = createTcpServer({ noDelay: true }, (raw) => this.#accept(raw));
  readonly #http: Server;
  readonly #tls: TlsServer | null;
  readonly #sockets: WebSocketServer;
  readonly #timers: Timers;
  readonly #pending: PendingPool<Connection>;
  /** Connections by the client's address and port. A TLS stream has the same address and port as its TCP connection. */
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
    // No compression: otherwise a small frame could expand to a large one. A compressed frame is now a protocol error.
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

  /** The port where it listens. */
  get port(): number {
    return this.#port;
  }

  /** `host:port`, with an IPv6 address in brackets. */
  get host(): string {
    return hostAndPort(this.#options.hostname, this.#port);
  }

  /** Connections that are not established. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Resolves when it listens. Rejects if it cannot. */
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

  /** Accepts no more connections. */
  stopListening(): void {
    this.#tcp.close();
  }

  /** Stops listening and cuts the remaining connections. */
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
    // The client has already closed the connection.
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

  /** Passes a connection to the HTTP server, which reads only one request of it. */
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
      // This listener must be added first: without it, the first error of a socket ends the process. After an error, the WebSocket has sent
      // its close frame, and would read and drop further bytes for half a minute. So reading is paused, and the socket is cut soon.
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

/**
 * Closes an expelled connection. A WebSocket gets a close frame with the reason, after its waiting data. The client's answer is not
 * awaited.
 */
function expel({ raw, socket }: Connection, why: Expelled): void {
  if (socket === null) return void raw.destroy();
  socket.close(...CLOSE_CODES[why]);
  raw.destroySoon();
}
