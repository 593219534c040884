/**
 * One client connection of the relay: its subscriptions, its messages, and what waits to be sent to it.
 *
 * Holds at most `maxBufferedBytes` (4 MiB) for one reader and its `maxSubscriptions` times `maxFilters` filters. Stored events are read
 * one by one as the reader takes them; a reader that falls behind on live events, or takes nothing for `maxStallMs`, is dropped.
 *
 * @module
 */
import type { WebSocket } from "ws";
import { type Filter, matchesAny } from "../../protocols/nostr/filter.ts";
import {
  type ClientMessage,
  encodeMessage,
  MessageError,
  parseClientMessage,
} from "../../protocols/nostr/message.ts";
import type { EventId, NostrEvent } from "../../protocols/nostr/event.ts";
import { arraySlices } from "../../protocols/nostr/json_slices.ts";
import { parseReason } from "../../protocols/nostr/reason.ts";
import { answersTo } from "./complaints.ts";
import type { EventStore, StoredEvent } from "./event_store.ts";
import type { RelayServerLimits } from "./limits.ts";

/** What a connection needs of its server. */
export interface ReaderHost {
  readonly limits: RelayServerLimits;
  readonly store: EventStore;
  readonly clock: () => number;
  /** What an `EVENT` over the WebSocket is answered with. */
  publish(raw: Uint8Array): Promise<{ accepted: boolean; message: string }>;
  /** The third element of an EVENT message, as text. */
  render(form: { json: string; raw: Uint8Array; encoding: "toon" | "json" }): string;
  gone(reader: Reader, reason: string): void;
}

/** Bytes in the socket's buffer above which no further stored event is read. */
const STORED_HIGH_WATER = 262_144;

/** One connection. */
export class Reader {
  readonly #socket: WebSocket;
  readonly #host: ReaderHost;
  readonly #subscriptions = new Map<string, readonly Filter[]>();
  #tokens: number;
  #refilledAtMs: number;
  #closed = false;

  /** Takes over the socket's events. */
  constructor(socket: WebSocket, host: ReaderHost) {
    this.#socket = socket;
    this.#host = host;
    this.#tokens = host.limits.maxMessagesPerSecond * 10;
    this.#refilledAtMs = host.clock();
    socket.on("message", (data, isBinary) => this.#read(data as Uint8Array, isBinary));
  }

  /** How many subscriptions are open. */
  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Sends an event to every subscription that it matches. */
  offer(event: NostrEvent, stored: Omit<StoredEvent, "event">): void {
    let text: string | null = null;
    for (const [id, filters] of this.#subscriptions) {
      if (!matchesAny(filters, event)) continue;
      text ??= this.#host.render(stored);
      this.#send(`["EVENT",${JSON.stringify(id)},${text}]`);
    }
  }

  /** Ends the connection with words for the client. */
  drop(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#subscriptions.clear();
    this.#socket.close(code, reason);
    // A peer that reads nothing would not read the close frame either.
    if (this.#socket.bufferedAmount > 0) this.#socket.terminate();
    this.#host.gone(this, reason);
  }

  /** The socket is closed. */
  ended(): void {
    this.#closed = true;
    this.#subscriptions.clear();
  }

  #read(data: Uint8Array, isBinary: boolean): void {
    if (this.#closed) return;
    if (!this.#admitted()) return this.drop(1008, "too many messages");
    if (isBinary) return this.#notice("error: binary messages are not read");
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
    let message: ClientMessage;
    try {
      const { maxMessageBytes, maxDepth, maxFilters } = this.#host.limits;
      message = parseClientMessage(text, { maxBytes: maxMessageBytes, maxDepth, maxFilters });
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      for (const answer of answersTo(error, text)) this.#send(encodeMessage(answer));
      return;
    }
    switch (message.type) {
      case "REQ":
        return this.#request(message.subscription, message.filters);
      case "CLOSE":
        return void this.#subscriptions.delete(message.subscription);
      case "EVENT":
        return this.#event(message.event.id, text);
      case "AUTH":
        return this.#ok(message.event.id, false, "invalid: no challenge was given");
    }
  }

  #event(id: EventId, text: string): void {
    const { start, end } = arraySlices(text)[1]!;
    this.#host.publish(new TextEncoder().encode(text.slice(start, end))).then(
      ({ accepted, message }) => this.#ok(id, accepted, message),
      () => this.#ok(id, false, "error: the event could not be stored"),
    );
  }

  #ok(eventId: EventId, accepted: boolean, message: string): void {
    this.#send(encodeMessage({ type: "OK", eventId, accepted, ...parseReason(message) }));
  }

  #request(id: string, filters: readonly Filter[]): void {
    const { limits } = this.#host;
    if (!this.#subscriptions.has(id) && this.#subscriptions.size >= limits.maxSubscriptions) {
      this.#send(
        encodeMessage({
          type: "CLOSED",
          subscription: id,
          ...parseReason("error: too many subscriptions"),
        }),
      );
      return this.#notice("error: too many subscriptions");
    }
    // A new list object also tells a stored phase under the same id that its request was replaced.
    const own = [...filters];
    this.#subscriptions.set(id, own);
    this.#sendStored(id, own).catch(() => this.drop(1011, "stored events could not be read"));
  }

  async #sendStored(id: string, filters: readonly Filter[]): Promise<void> {
    const { store, limits, clock } = this.#host;
    const found = store.find(filters, Math.floor(clock() / 1_000), limits.maxLimit);
    for (const { seq } of found) {
      if (this.#socket.bufferedAmount > STORED_HIGH_WATER && !await this.#drained()) {
        return this.drop(1008, "too slow");
      }
      if (this.#subscriptions.get(id) !== filters) return;
      const form = store.read(seq);
      if (form !== null) {
        this.#send(`["EVENT",${JSON.stringify(id)},${this.#host.render(form)}]`);
      }
    }
    if (this.#subscriptions.get(id) === filters) {
      this.#send(encodeMessage({ type: "EOSE", subscription: id }));
    }
  }

  /** Waits until the reader took what is buffered; false when it took nothing in time. */
  #drained(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#host.limits.maxStallMs);
      // An empty ping is sent after everything before it, so its callback says that the buffer went out.
      this.#socket.ping("", false, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  #admitted(): boolean {
    const { limits, clock } = this.#host;
    const nowMs = clock();
    const gained = Math.max(0, nowMs - this.#refilledAtMs) / 1_000 * limits.maxMessagesPerSecond;
    this.#tokens = Math.min(limits.maxMessagesPerSecond * 10, this.#tokens + gained);
    this.#refilledAtMs = nowMs;
    return this.#tokens-- >= 1;
  }

  #notice(words: string): void {
    this.#send(encodeMessage({ type: "NOTICE", message: words }));
  }

  #send(text: string): void {
    if (this.#closed) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > this.#host.limits.maxBufferedBytes) {
      this.drop(1008, "too slow");
    }
  }
}
