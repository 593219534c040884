/**
 * The relay's door: HTTP for the NIP-11 document, WebSocket for everything else.
 *
 * Holds `maxConnections` connections, of them `maxConnectionsPerAddress` from one address; one more is told so and closed with 1013.
 * Beside them `maxPending` that have not sent a whole request yet: each has `requestMs` for it, and the oldest gives way to a new one.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Timers } from "../../base/timers.ts";
import { type DoorClient, WebSocketDoor } from "../door/web_socket_door.ts";
import type { DeliveryFormat } from "./event_forms.ts";
import type { RelayServerLimits } from "./limits.ts";

/** What a door needs. */
interface ListenerOptions {
  readonly hostname: string;
  /** 0: a free one. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits: RelayServerLimits;
  /** How events are delivered to who does not say. */
  readonly format: DeliveryFormat;
  readonly timers?: Timers;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** A client is connected; what is returned hears of its end. */
  readonly connected: (socket: WebSocket, stream: Duplex, format: DeliveryFormat) => () => void;
}

/** An open door. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #door: WebSocketDoor;
  readonly #byAddress = new Map<string, number>();
  #connections = 0;
  url = "";
  port = 0;

  /** Not listening yet. */
  constructor(options: ListenerOptions) {
    this.#options = options;
    const { hostname, port, tls, answer, limits, timers, format } = options;
    const { maxPending, maxPendingPerAddress, requestMs } = limits;
    this.#door = new WebSocketDoor({
      hostname,
      port,
      tls,
      timers,
      answer,
      pending: { maxPending, maxPendingPerAddress, pendingMs: requestMs },
      maxMessageBytes: limits.maxMessageBytes,
      grants: ({ url }) => formatOf(url ?? "/", format) !== null,
      connected: (client) => this.#accept(client),
    });
  }

  /** Connections now. */
  get connections(): number {
    return this.#connections;
  }

  /** Connections without a whole request. */
  get pending(): number {
    return this.#door.pending;
  }

  /** Resolves when it listens. */
  async listen(): Promise<void> {
    await this.#door.listen();
    this.port = this.#door.port;
    this.url = `${this.#options.tls === undefined ? "ws" : "wss"}://${this.#door.host}/`;
  }

  /** Cuts what is left and listens no more. */
  close(): Promise<void> {
    return this.#door.close();
  }

  #accept({ socket, stream, request, address, establish }: DoorClient): void {
    const { maxConnections, maxConnectionsPerAddress, closeGraceMs } = this.#options.limits;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#connections >= maxConnections || ofAddress >= maxConnectionsPerAddress) {
      const ours = this.#connections >= maxConnections;
      // It stays among the pending until it has gone, so that there are never many of these.
      socket.close(1013, ours ? "max connections reached" : "max connections of one address");
      const timer = setTimeout(() => socket.terminate(), closeGraceMs);
      return void socket.once("close", () => clearTimeout(timer));
    }
    establish();
    this.#connections++;
    this.#byAddress.set(address, ofAddress + 1);
    const format = formatOf(request.url ?? "/", this.#options.format)!;
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
