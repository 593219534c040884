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
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { systemTimers, type Timers } from "../../base/timers.ts";
import { addressGroup } from "./address_group.ts";
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

const CLOSE_CODES: Readonly<Record<Expelled, [code: number, words: string]>> = {
  late: [1008, "not signed in in time"],
  crowded: [1013, "too many connections that did not sign in"],
};

/** An open door. */
export class WebSocketDoor {
  readonly #options: DoorOptions;
  readonly #tcp = createTcpServer({ noDelay: true }, (raw) => this.#accept(raw));
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
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
    this.#http = tls === undefined
      ? createServer(answerOnce)
      : createTlsServer(tls, answerOnce) as unknown as Server;
    // No compression: a small frame that unpacks to a large one is refused as the protocol error that it then is.
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
    });
    this.#http.on("upgrade", (request, stream, head) => this.#upgrade(request, stream, head));
    const timers = options.timers ?? systemTimers;
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
    this.#http.emit("connection", raw);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Uint8Array): void {
    stream.on("error", () => {});
    const connection = this.#connections.get(keyOf(request.socket));
    if (connection === undefined) return void stream.destroy();
    if (this.#options.grants?.(request) === false) {
      return void stream.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    }
    this.#sockets.handleUpgrade(request, stream, head as never, (socket) => {
      // Before anything else: a socket without this listener ends the process on its first error.
      socket.on("error", () => {});
      connection.socket = socket;
      const establish = () => void this.#pending.leave(connection);
      this.#options.connected({ socket, stream, request, address: connection.address, establish });
    });
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
