/**
 * One client connection of the relay: its messages, its subscriptions, and what it may read.
 *
 * Holds at most `maxSubscriptions` times `maxFilters` filters with `maxFilterValues` values, and the messages in its outbox. Stored events
 * are read one by one, as fast as the client accepts them. A client that is too slow for live events, or accepts nothing for `maxStallMs`,
 * is dropped. While `maxPendingEvents` events wait for their OK, or as many messages for their turn, nothing more is read from the client;
 * the rest of one read of the socket (64 KiB) is held here.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { arraySlices } from "../../protocols/nostr/json_slices.ts";
import {
  type ClientMessage,
  encodeMessage,
  MessageError,
  parseClientMessage,
} from "../../protocols/nostr/message.ts";
import { parseReason } from "../../protocols/nostr/reason.ts";
import { Access } from "./access.ts";
import { answersTo } from "./complaints.ts";
import { type DeliveryFormat, eventMessage } from "./event_forms.ts";
import type { FoundEvent } from "./event_search.ts";
import type { View } from "./filter_query.ts";
import { MessageRate } from "./message_rate.ts";
import { Outbox } from "./outbox.ts";
import type { LiveSubscription, ReaderHost } from "./reader_host.ts";
import { valuesOf } from "./subscription_index.ts";

/** One client connection. */
export class Reader {
  /** The format of events for this client. */
  readonly format: DeliveryFormat;
  /** Whether the client sent anything since the last ping. */
  alive = true;
  readonly #socket: WebSocket;
  readonly #host: ReaderHost;
  readonly #outbox: Outbox;
  readonly #rate: MessageRate;
  readonly #access: Access;
  readonly #subscriptions = new Map<string, LiveSubscription>();
  #values = 0;
  #pending = 0;
  #closed = false;

  /** Listens to the socket's events from now on. */
  constructor(socket: WebSocket, stream: Duplex, format: DeliveryFormat, host: ReaderHost) {
    this.#socket = socket;
    this.#host = host;
    this.format = format;
    this.#rate = new MessageRate(host.limits.maxMessagesPerSecond, host.clock);
    this.#access = new Access(host.rules);
    this.#outbox = new Outbox(socket, stream, host.limits, {
      overflow: () => this.drop(1008, "too slow"),
      sent: (bytes) => host.figures.sent(bytes),
    });
    socket.on("message", (data, isBinary) => this.#read(data as Uint8Array, isBinary));
    socket.on("pong", () => this.alive = true);
    if (this.#access.locked) this.#challenge();
  }

  /** How many subscriptions are open. */
  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Sends a live event, if the client may read it. `message` returns the whole EVENT message in this reader's format. */
  deliver(event: NostrEvent, message: () => ReturnType<typeof eventMessage>): void {
    if (this.#access.maySee(event)) this.#outbox.send(message());
  }

  /** Ends the connection. The client gets CLOSED for each open subscription, a NOTICE, and a close frame with the reason. */
  drop(code: number, reason: string): void {
    if (this.#closed) return;
    const words = `error: ${reason}`;
    const last = [...this.#subscriptions.keys()].map((subscription) =>
      encodeMessage({ type: "CLOSED", subscription, ...parseReason(words) })
    );
    this.ended();
    this.#outbox.close(code, reason, [
      ...last,
      encodeMessage({ type: "NOTICE", message: words }),
    ]);
    this.#host.gone(this, reason);
  }

  /** Releases everything, because the socket is closed or will be. */
  ended(): void {
    this.#closed = true;
    this.#host.turns.forget(this);
    for (const subscription of this.#subscriptions.values()) this.#host.index.remove(subscription);
    this.#subscriptions.clear();
    this.#hold();
  }

  /** Sends a ping. If the client sent nothing since the last one, cuts the connection. */
  ping(): void {
    if (!this.alive) return this.#socket.terminate();
    this.alive = false;
    this.#socket.ping();
  }

  #read(data: Uint8Array, isBinary: boolean): void {
    if (this.#closed) return;
    this.alive = true;
    this.#host.figures.received(data.byteLength);
    if (!this.#rate.take()) return this.drop(1008, "too many messages");
    this.#host.turns.run(this, () => {
      if (this.#closed) return;
      try {
        this.#answer(data, isBinary);
      } catch {
        this.drop(1011, "the message could not be answered");
      }
      this.#hold();
    });
    this.#hold();
  }

  #answer(data: Uint8Array, isBinary: boolean): void {
    if (isBinary) return this.#notice("error: binary messages are not read");
    const text = utf8.decode(data);
    let message: ClientMessage;
    try {
      const { maxMessageBytes, maxDepth, maxFilters } = this.#host.limits;
      message = parseClientMessage(text, { maxBytes: maxMessageBytes, maxDepth, maxFilters });
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      for (const answer of answersTo(error, text)) this.#outbox.send(encodeMessage(answer));
      return;
    }
    this.#take(message, text);
  }

  #take(message: ClientMessage, text: string): void {
    switch (message.type) {
      case "REQ":
        return this.#request(message.subscription, message.filters);
      case "COUNT":
        return this.#count(message.subscription, message.filters);
      case "CLOSE":
        return this.#release(message.subscription);
      case "EVENT":
        return this.#event(message.event, text);
      case "AUTH":
        return this.#prove(message.event);
    }
  }

  #event(event: NostrEvent, text: string): void {
    if (this.#access.locked) {
      this.#challenge();
      return this.#ok(event.id, false, "auth-required: prove a key first");
    }
    const { start, end } = arraySlices(text)[1]!;
    const raw = new TextEncoder().encode(text.slice(start, end));
    this.#waitFor(
      this.#host.publish({ event, raw, encoding: "json" }, this.#access.pubkeys).then(
        ({ accepted, message }) => {
          if (message.startsWith("auth-required:")) this.#challenge();
          this.#ok(event.id, accepted, message);
        },
        () => this.#ok(event.id, false, "error: the event could not be stored"),
      ),
    );
  }

  #prove(event: NostrEvent): void {
    const { clock, limits, verify } = this.#host;
    this.#waitFor(
      this.#access.prove(event, clock(), limits.maxProofs, verify).then(
        (refusal) => this.#ok(event.id, refusal === null, refusal ?? ""),
        () => this.#ok(event.id, false, "error: the proof could not be checked"),
      ),
    );
  }

  /** Counts the answers that are not ready yet. */
  #waitFor(work: Promise<void>): void {
    this.#pending++;
    void work.finally(() => {
      this.#pending--;
      this.#hold();
    });
  }

  /** Pauses reading while too many messages of the client wait. */
  #hold(): void {
    const most = this.#host.limits.maxPendingEvents;
    const much = this.#pending >= most || this.#host.turns.waiting(this) >= most;
    if (much && !this.#closed) this.#socket.pause();
    else if (this.#socket.isPaused) this.#socket.resume();
  }

  #request(id: string, filters: readonly Filter[]): void {
    const refusal = this.#refusalOf(id, filters, valuesOf(filters));
    if (refusal !== null) return this.#refuse(id, refusal);
    this.#release(id);
    // The new object also shows a running stored phase with the same id that its request was replaced.
    const subscription: LiveSubscription = { id, filters, reader: this };
    this.#values += valuesOf(filters);
    this.#subscriptions.set(id, subscription);
    this.#host.index.add(subscription);
    const { store, limits: { maxLimit } } = this.#host;
    const failed = () => this.drop(1011, "stored events could not be read");
    this.#host.turns.runSteps(this, store.search(filters, this.#view(), maxLimit), {
      done: (found) => void this.#sendStored(subscription, found).catch(failed),
      failed,
    });
  }

  async #sendStored(
    subscription: LiveSubscription,
    all: readonly FoundEvent[],
  ): Promise<void> {
    const { store, forms } = this.#host;
    const { id } = subscription;
    for (const found of all) {
      if (this.#outbox.full && !await this.#outbox.drained()) return this.drop(1008, "too slow");
      if (this.#subscriptions.get(id) !== subscription) return;
      const form = forms.get(found.id, this.format, () => store.read(found));
      if (form !== null) this.#outbox.send(eventMessage(id, form));
    }
    if (this.#subscriptions.get(id) === subscription) {
      this.#outbox.send(encodeMessage({ type: "EOSE", subscription: id }));
    }
  }

  #count(id: string, filters: readonly Filter[]): void {
    const refusal = this.#tooMuchOf(valuesOf(filters)) ?? this.#access.lockedTo(filters);
    if (refusal !== null) return this.#refuse(id, refusal);
    const { store, turns, limits: { maxCounted } } = this.#host;
    turns.runSteps(this, store.tally(filters, this.#view(), maxCounted), {
      done: ({ count, approximate }) =>
        this.#outbox.send(encodeMessage({ type: "COUNT", subscription: id, count, approximate })),
      failed: () => this.drop(1011, "stored events could not be counted"),
    });
  }

  #release(id: string): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return;
    this.#subscriptions.delete(id);
    this.#values -= valuesOf(subscription.filters);
    this.#host.index.remove(subscription);
  }

  /** Why a subscription is refused; null if it is not. */
  #refusalOf(id: string, filters: readonly Filter[], values: number): string | null {
    const { maxSubscriptions } = this.#host.limits;
    const open = this.#subscriptions.size;
    if (!this.#subscriptions.has(id) && open >= maxSubscriptions) return TOO_MANY;
    return this.#tooMuchOf(values) ?? this.#access.lockedTo(filters);
  }

  /** The limit of filter values, for subscriptions and COUNT: the values of all open filters and of the new ones count. */
  #tooMuchOf(values: number): string | null {
    return this.#values + values > this.#host.limits.maxFilterValues
      ? "error: too many values in filters"
      : null;
  }

  #refuse(subscription: string, words: string): void {
    this.#release(subscription);
    if (words.startsWith("auth-required:")) this.#challenge();
    this.#outbox.send(encodeMessage({ type: "CLOSED", subscription, ...parseReason(words) }));
    // Relays of this network also send this NOTICE, for clients that do not know CLOSED.
    if (words === TOO_MANY) this.#notice(words);
  }

  #challenge(): void {
    const { challenge, isNew } = this.#access.challenge();
    if (isNew) this.#outbox.send(encodeMessage({ type: "AUTH", challenge }));
  }

  #view(): View {
    return {
      nowS: Math.floor(this.#host.clock() / 1_000),
      privateKinds: this.#host.rules.privateKinds,
      pubkeys: [...this.#access.pubkeys],
    };
  }

  #ok(eventId: NostrEvent["id"], accepted: boolean, message: string): void {
    this.#outbox.send(encodeMessage({ type: "OK", eventId, accepted, ...parseReason(message) }));
  }

  #notice(words: string): void {
    this.#outbox.send(encodeMessage({ type: "NOTICE", message: words }));
  }
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const TOO_MANY = "error: too many subscriptions";
