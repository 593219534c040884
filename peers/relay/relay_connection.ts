/**
 * Keeps one connection to a relay: connects, sends pings to notice a dead connection, connects again with backoff, reads messages,
 * and pauses reading while a subscription has no room. It queues nothing.
 *
 * @module
 */
import { parseRelayMessage, type RelayMessage } from "../../protocols/nostr/message.ts";
import {
  clockFields,
  clockOffsetMs,
  CLOCKS_DIFFER,
  clocksDiffer,
} from "../../base/clock_offset.ts";
import type { Log } from "../../base/log/log.ts";
import { backoffMs, type BackoffRule } from "../../base/backoff.ts";
import type { RelayLimits } from "./relay_limits.ts";
import type { RelaySocket, SocketFactory } from "./relay_socket.ts";
import type { RelayStatus } from "./relay_session.ts";
import { RELAY_WORDS } from "./relay_words.ts";
import { type RoundTrip, roundTrip } from "../../base/round_trip.ts";
import type { Timers } from "../../base/timers.ts";

/** An attempt number for which every backoff rule gives its longest wait. */
const LONGEST = 64;

/** What a connection needs. */
interface ConnectionDeps {
  readonly url: string;
  readonly limits: RelayLimits;
  readonly backoff: BackoffRule;
  readonly openSocket: SocketFactory;
  readonly clock: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly count: (counter: string, by?: number) => void;
}

/** The receiver of a connection's messages and changes. */
interface ConnectionOwner {
  connected(): void;
  message(message: RelayMessage): void;
  lost(reason: string): void;
  status(status: RelayStatus): void;
}

/** One relay's connection, from `start` to `stop`. */
export class RelayConnection {
  readonly #deps: ConnectionDeps;
  readonly #owner: ConnectionOwner;
  readonly #holders = new Set<object>();
  #status: RelayStatus;
  #socket: RelaySocket | null = null;
  /** Rises with every socket, so that late events of an old socket are ignored. */
  #generation = 0;
  #malformed = 0;
  #alive = true;
  #clockOffsetMs: number | null = null;
  readonly #roundTrip: RoundTrip;
  #cancel: (() => void) | null = null;

  /** Does nothing before {@link RelayConnection.start}. */
  constructor(deps: ConnectionDeps, owner: ConnectionOwner) {
    this.#deps = deps;
    this.#owner = owner;
    this.#roundTrip = roundTrip(
      deps.clock,
      (latency_ms) => deps.log("debug", RELAY_WORDS.answered, { relay: deps.url, latency_ms }),
    );
    this.#status = {
      url: deps.url,
      state: "offline",
      sinceMs: deps.clock(),
      attempt: 0,
      reason: null,
      retryAtMs: null,
      clockOffsetMs: null,
    };
  }

  /** The current status. */
  get status(): RelayStatus {
    return this.#status;
  }

  /** Begins to connect. */
  start(): void {
    this.#connect(0);
  }

  /** Closes the connection, without another attempt. */
  stop(): void {
    if (this.#status.state === "closed") return;
    this.#generation++;
    this.#clearTimer();
    this.#holders.clear();
    this.#socket?.close("done");
    this.#socket = null;
    this.#become({
      state: "closed",
      attempt: 0,
      reason: null,
      retryAtMs: null,
    });
  }

  /** Sends a message. Returns false if there is no connection. */
  send(text: string): boolean {
    if (this.#status.state !== "connected" || this.#socket === null) {
      return false;
    }
    this.#socket.send(text);
    return true;
  }

  /** The relay answered a request, so the backoff after the next loss starts with the shortest wait. */
  worked(): void {
    if (this.#status.state === "connected" && this.#status.attempt !== 0) {
      this.#status = { ...this.#status, attempt: 0 };
    }
  }

  /** Pauses reading until every holder has released. */
  hold(holder: object): void {
    this.#holders.add(holder);
    this.#roundTrip.forget();
    this.#socket?.pause();
  }

  /** Removes a holder. Reading continues when none is left. */
  release(holder: object): void {
    if (this.#holders.delete(holder) && this.#holders.size === 0) {
      this.#socket?.resume();
    }
  }

  /** Closes this socket and connects again. With `longest`, only after the longest wait, because the relay misbehaves. */
  abandon(reason: string, longest = false): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#lost(reason, longest);
    socket.close();
  }

  #connect(attempt: number): void {
    const generation = ++this.#generation;
    this.#malformed = 0;
    this.#become({
      state: "connecting",
      attempt,
      reason: this.#status.reason,
      retryAtMs: null,
    });
    const current = () => generation === this.#generation;
    const sentAtMs = this.#deps.clock();
    this.#socket = this.#deps.openSocket(
      this.#deps.url,
      this.#deps.limits.maxFrameBytes,
      {
        open: (date) => {
          if (!current()) return;
          this.#compareClocks(date, sentAtMs);
          this.#connected(attempt);
        },
        text: (text) => {
          if (current()) this.#read(text);
        },
        alive: () => {
          if (current()) this.#alive = true;
        },
        pong: () => {
          if (current()) this.#roundTrip.pong();
        },
        closed: (reason) => {
          if (current()) this.#lost(reason);
        },
      },
    );
    this.#setTimer(
      () => this.abandon("no answer to the handshake"),
      this.#deps.limits.connectTimeoutMs,
    );
  }

  #compareClocks(date: string | undefined, sentAtMs: number): void {
    const { clock, log, url } = this.#deps;
    const offsetMs = this.#clockOffsetMs = clockOffsetMs(date, sentAtMs, clock());
    if (clocksDiffer(offsetMs)) {
      log("warn", CLOCKS_DIFFER, { relay: url, ...clockFields(offsetMs, "relay") });
    }
  }

  #connected(attempt: number): void {
    this.#become({
      state: "connected",
      attempt,
      reason: null,
      retryAtMs: null,
    });
    this.#alive = true;
    this.#watch();
    this.#deps.log("debug", RELAY_WORDS.connected, { relay: this.#deps.url });
    this.#ping();
    this.#owner.connected();
  }

  #watch(): void {
    this.#setTimer(() => {
      // A paused socket reads no pong, so a missing pong proves nothing.
      if (!this.#alive && this.#holders.size === 0) {
        return this.abandon("no answer to a ping");
      }
      this.#alive = false;
      this.#ping();
      this.#watch();
    }, this.#deps.limits.pingEveryMs);
  }

  #ping(): void {
    this.#socket?.ping();
    // The pong would wait until the socket is read again.
    if (this.#holders.size === 0) this.#roundTrip.ping();
  }

  #read(text: string): void {
    let message: RelayMessage;
    try {
      message = parseRelayMessage(text, {
        maxBytes: this.#deps.limits.maxFrameBytes,
      });
    } catch (error) {
      this.#deps.count("malformed");
      if (++this.#malformed >= this.#deps.limits.maxMalformed) {
        this.abandon(`${this.#malformed} messages in a row could not be read`);
      } else {
        this.#deps.log("debug", "relay message could not be read", {
          relay: this.#deps.url,
          error: error instanceof Error ? error.message : String(error),
        });
      }
      return;
    }
    this.#malformed = 0;
    this.#owner.message(message);
  }

  #lost(reason: string, longest = false): void {
    const wasConnected = this.#status.state === "connected";
    const attempt = longest ? LONGEST : this.#status.attempt;
    this.#generation++;
    this.#socket = null;
    this.#holders.clear();
    const waitMs = backoffMs(this.#deps.backoff, attempt, this.#deps.random());
    this.#become({
      state: "offline",
      attempt: attempt + 1,
      reason,
      retryAtMs: this.#deps.clock() + waitMs,
    });
    this.#setTimer(() => this.#connect(attempt + 1), waitMs);
    this.#deps.count("reconnects");
    this.#deps.log("warn", wasConnected ? RELAY_WORDS.lost : RELAY_WORDS.notReached, {
      relay: this.#deps.url,
      reason,
      retry_in_ms: waitMs,
    });
    this.#owner.lost(reason);
  }

  #become(next: Omit<RelayStatus, "url" | "sinceMs" | "clockOffsetMs">): void {
    this.#status = {
      url: this.#deps.url,
      sinceMs: this.#deps.clock(),
      clockOffsetMs: this.#clockOffsetMs,
      ...next,
    };
    this.#owner.status(this.#status);
  }

  #setTimer(run: () => void, ms: number): void {
    this.#clearTimer();
    this.#cancel = this.#deps.timers.after(ms, run);
  }

  #clearTimer(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
