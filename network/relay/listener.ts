/**
 * The relay's door: HTTP for the NIP-11 document, WebSocket for everything else.
 *
 * Holds `maxConnections` connections, of them `maxConnectionsPerAddress` from one address; one more is told so and closed with 1013. A
 * client that sends no whole request within ten seconds is cut.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { DeliveryFormat } from "./event_forms.ts";
import type { RelayServerLimits } from "./limits.ts";

/** What a door needs. */
export interface ListenerOptions {
  readonly hostname: string;
  /** 0: a free one. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits: RelayServerLimits;
  /** How events are delivered to who does not say. */
  readonly format: DeliveryFormat;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** A client is connected; what is returned hears of its end. */
  readonly connected: (socket: WebSocket, stream: Duplex, format: DeliveryFormat) => () => void;
}

const REQUEST_MS = 10_000;

/** An open door. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #byAddress = new Map<string, number>();
  #connections = 0;
  url = "";
  port = 0;

  /** Not listening yet. */
  constructor(options: ListenerOptions) {
    this.#options = options;
    const { tls, answer, limits } = options;
    this.#http = tls === undefined
      ? createServer(answer)
      : createTlsServer(tls, answer) as unknown as Server;
    this.#http.headersTimeout = REQUEST_MS;
    this.#http.requestTimeout = REQUEST_MS;
    // No compression: a small frame that unpacks to a large one is refused as the protocol error that it then is.
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: limits.maxMessageBytes,
      perMessageDeflate: false,
    });
    this.#http.on("upgrade", (request, stream, head) => this.#upgrade(request, stream, head));
  }

  /** Connections now. */
  get connections(): number {
    return this.#connections;
  }

  /** Resolves when it listens. */
  async listen(): Promise<void> {
    const { hostname, port, tls } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(port, hostname, () => {
        this.#http.off("error", reject);
        this.#http.on("error", () => {});
        resolve();
      });
    });
    this.port = (this.#http.address() as AddressInfo).port;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    this.url = `${tls === undefined ? "ws" : "wss"}://${host}:${this.port}/`;
  }

  /** Cuts what is left and listens no more. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Uint8Array): void {
    stream.on("error", () => {});
    const format = formatOf(request.url ?? "/", this.#options.format);
    if (format === null) return void stream.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    const address = request.socket.remoteAddress ?? "";
    this.#sockets.handleUpgrade(request, stream, head as never, (socket) => {
      socket.on("error", () => {});
      this.#accept(socket, stream, address, format);
    });
  }

  #accept(socket: WebSocket, stream: Duplex, address: string, format: DeliveryFormat): void {
    const { maxConnections, maxConnectionsPerAddress, closeGraceMs } = this.#options.limits;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#connections >= maxConnections || ofAddress >= maxConnectionsPerAddress) {
      const ours = this.#connections >= maxConnections;
      socket.close(1013, ours ? "max connections reached" : "max connections of one address");
      const timer = setTimeout(() => socket.terminate(), closeGraceMs);
      return void socket.once("close", () => clearTimeout(timer));
    }
    this.#connections++;
    this.#byAddress.set(address, ofAddress + 1);
    const ended = this.#options.connected(socket, stream, format);
    socket.once("close", () => {
      this.#connections--;
      const left = this.#byAddress.get(address)! - 1;
      if (left === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left);
      ended();
    });
  }
}

/** `?format=toon` or `?format=json`; null for another one. */
function formatOf(url: string, usual: DeliveryFormat): DeliveryFormat | null {
  const query = url.indexOf("?");
  const asked = query === -1 ? null : new URLSearchParams(url.slice(query)).get("format");
  if (asked === null) return usual;
  return asked === "toon" || asked === "json" ? asked : null;
}
