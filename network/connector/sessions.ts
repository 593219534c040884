/**
 * The connector's server and its sessions, before and after their sign-in.
 *
 * Held: at most `maxPending` connections that have not signed in. Each has `authMs` for it, and a new one replaces the oldest. In addition,
 * at most `sessionsPerPeer` sessions of each configured peer, which are reserved for it, and at most `guests.maxSessions` of guests.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { MAX_FRAME_BYTES } from "../../peers/connector/btp_session_options.ts";
import { type DoorClient, WebSocketDoor } from "../door/web_socket_door.ts";
import type { ConnectorOptions, SessionStatus } from "./connector_options.ts";
import type { Peer } from "./peer.ts";
import { PeerSession, type PeerSessionDeps } from "./peer_session.ts";

/** The default limits. */
const MAX_PENDING = 256;
const MAX_PENDING_PER_ADDRESS = 128;
const SESSIONS_PER_PEER = 64;

/** What every session needs. */
type SessionsDeps = Omit<PeerSessionDeps, "admit" | "onClosed" | "guests">;

/** All sessions in which the other side connected to us. */
export class Sessions {
  readonly #options: ConnectorOptions;
  readonly #deps: SessionsDeps;
  readonly #door: WebSocketDoor;
  readonly #sessions = new Set<PeerSession>();
  /** The peer of each admitted session; null for a guest. */
  readonly #places = new Map<PeerSession, Peer | null>();

  /** Not listening yet. */
  constructor(options: ConnectorOptions, deps: SessionsDeps) {
    this.#options = options;
    this.#deps = deps;
    const { hostname, port } = options.listen;
    this.#door = new WebSocketDoor({
      hostname,
      port,
      timers: deps.timers,
      pending: {
        maxPending: options.maxPending ?? MAX_PENDING,
        maxPendingPerAddress: options.maxPendingPerAddress ?? MAX_PENDING_PER_ADDRESS,
        pendingMs: deps.authMs,
      },
      maxMessageBytes: MAX_FRAME_BYTES,
      answer: upgradeRequired,
      connected: (client) => this.#begin(client),
    });
  }

  /** Where it listens. */
  get port(): number {
    return this.#door.port;
  }

  /** Resolves when it listens. */
  listen(): Promise<void> {
    return this.#door.listen();
  }

  /** The status of all signed-in sessions. */
  status(): SessionStatus[] {
    return [...this.#sessions].flatMap(({ status }) => status ?? []);
  }

  /** Connections that have not signed in. */
  get pending(): number {
    return this.#door.pending;
  }

  /** Stops listening and closes every session. */
  stop(): void {
    this.#door.stopListening();
    for (const session of this.#sessions) session.close("the connector is stopping");
  }

  /** Cuts the remaining connections. */
  close(): Promise<void> {
    return this.#door.close();
  }

  #begin({ socket, establish }: DoorClient): void {
    const session: PeerSession = new PeerSession(socket, {
      ...this.#deps,
      guests: this.#options.guests !== undefined,
      admit: (peer) => {
        if (!this.#hasPlace(peer)) return false;
        this.#places.set(session, peer);
        establish();
        return true;
      },
      onClosed: () => {
        this.#sessions.delete(session);
        this.#places.delete(session);
      },
    });
    this.#sessions.add(session);
  }

  #hasPlace(peer: Peer | null): boolean {
    const { sessionsPerPeer = SESSIONS_PER_PEER, guests } = this.#options;
    const most = peer === null ? guests?.maxSessions ?? 0 : sessionsPerPeer;
    let taken = 0;
    for (const holder of this.#places.values()) if (holder === peer) taken++;
    return taken < most;
  }
}

/** Answers a plain HTTP request with 426, because BTP needs a WebSocket. */
function upgradeRequired(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(426, { "content-type": "text/plain", "upgrade": "websocket" })
    .end("Upgrade Required\n");
}
