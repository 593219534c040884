/**
 * Accepts the relay's connections: HTTP for the NIP-11 document, WebSocket for everything else.
 *
 * Holds at most `maxConnections` connections, and at most `maxConnectionsPerAddress` of one address; one more is closed with 1013. In
 * addition, at most `maxPending` connections that have not sent a complete request. Each has `requestMs` for it, and a new one replaces the
 * oldest.
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

/** The options of a {@link Listener}. */
interface ListenerOptions {
  readonly hostname: string;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits: RelayServerLimits;
  /** The format of events for clients that choose none. */
  readonly format: DeliveryFormat;
  readonly timers?: Timers;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Called for each new client. The returned function is called at the end of the connection. */
  readonly connected: (socket: WebSocket, stream: Duplex, format: DeliveryFormat) => () => void;
}

/** The connections of a relay. */
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

  /** Established connections now. */
  get connections(): number {
    return this.#connections;
  }

  /** Connections without a complete request. */
  get pending(): number {
    return this.#door.pending;
  }

  /** Resolves when it listens. */
  async listen(): Promise<void> {
    await this.#door.listen();
    this.port = this.#door.port;
    this.url = `${this.#options.tls === undefined ? "ws" : "wss"}://${this.#door.host}/`;
  }

  /** Stops listening and cuts the remaining connections. */
  close(): Promise<void> {
    return this.#door.close();
  }

  #accept({ socket, stream, request, address, establish }: DoorClient): void {
    const { maxConnections, maxConnectionsPerAddress, closeGraceMs } = this.#options.limits;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#connections >= maxConnections || ofAddress >= maxConnectionsPerAddress) {
      const ours = this.#connections >= maxConnections;
      // The connection stays in the pool of pending ones until it is closed, so that the pool also limits refused connections.
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

/** The format of `?format=toon` or `?format=json`, or the usual one without a parameter. Null for another value. */
function formatOf(url: string, usual: DeliveryFormat): DeliveryFormat | null {
  const query = url.indexOf("?");
  const asked = query === -1 ? null : new URLSearchParams(url.slice(query)).get("format");
  if (asked === null) return usual;
  return asked === "toon" || asked === "json" ? asked : null;
}
