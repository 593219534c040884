/**
 * One subscription, read as a stream. It continues over reconnects.
 *
 * Holds at most 256 events or 4 MiB (RelayLimits) plus the rest of one socket read. Overflow rule: when the queue is full, the socket is
 * paused. If the pause blocks others, lasts longer than `maxHoldMs` or does not stop the events, the subscription is CLOSEd, and events
 * that still arrive for it are dropped. When the queue is half empty, it is requested again from the last settled event.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";
import type { RelayMessage } from "../../protocols/nostr/message.ts";
import { Backfill } from "./backfill.ts";
import { DeliveryQueue } from "./delivery_queue.ts";
import { findCreatedAt } from "./created_at.ts";
import { Refusals } from "./refusals.ts";
import { RelayError } from "./relay_error.ts";
import { resumeFilters } from "./resume.ts";

import type { RelayDelivery, RelaySubscription, SubscribeOptions } from "./relay_subscription.ts";
import { OneTimer } from "../../base/one_timer.ts";
import type { SubscriptionHost } from "./subscription_host.ts";

/** A subscription, as its session uses it. */
export class LiveSubscription implements RelaySubscription {
  readonly deliveries: ReadableStream<readonly RelayDelivery[]>;
  readonly #host: SubscriptionHost;
  #filters: readonly Filter[];
  readonly #options: SubscribeOptions;
  #settledAtS: number | null;
  readonly #firstAtS: number;
  #id: string | null = null;
  #asked = false;
  readonly #queue: DeliveryQueue;
  #ended = false;
  #held = false;
  #shed = false;
  #live = false;
  #answered = false;
  #stored = { events: 0, bytes: 0 };
  #backfill: Backfill | null = null;
  readonly #refusals: Refusals;
  readonly #eoseTimer: OneTimer;
  readonly #holdTimer: OneTimer;

  /** The session makes it and calls {@link LiveSubscription.ask} whenever it is connected. */
  constructor(host: SubscriptionHost, filters: readonly Filter[], options: SubscribeOptions) {
    this.#host = host;
    this.#eoseTimer = new OneTimer(host.timers);
    this.#holdTimer = new OneTimer(host.timers);
    this.#refusals = new Refusals(host);
    this.#filters = filters;
    this.#options = options;
    this.#settledAtS = options.settledAtS ?? null;
    this.#firstAtS = Math.floor(host.clock() / 1_000);
    this.#queue = new DeliveryQueue(
      { maxEvents: host.limits.queueEvents, maxBytes: host.limits.queueBytes },
      { taken: () => this.#taken(), cancelled: () => this.close() },
    );
    this.deliveries = this.#queue.stream;
  }

  /** Whether messages with this id belong to this subscription. */
  owns(id: string): boolean {
    return this.#id === id || this.#backfill?.id === id;
  }

  settledTo(createdAtS: number): void {
    this.#settledAtS = Math.max(this.#settledAtS ?? 0, createdAtS);
  }

  askFor(filters: readonly Filter[]): void {
    this.#filters = filters;
    if (this.#id === null) return;
    this.#unsubscribe();
    this.ask();
  }

  /** Whether the request was sent and the relay has not answered it yet. */
  get unanswered(): boolean {
    return this.#id !== null && !this.#answered;
  }

  /** Sends an unanswered request again, because the relay may answer it now. */
  again(): void {
    if (this.unanswered) this.askFor(this.#filters);
  }

  close(): void {
    this.#end(null);
  }

  /** Ends the subscription. Its reader gets the queued deliveries and then the error. */
  fail(error: RelayError): void {
    this.#end(error);
  }

  /** Sends REQ, unless the subscription has ended, waits for room in its queue, or is already requested. */
  ask(): void {
    if (this.#ended || this.#shed || this.#id !== null) return;
    const id = this.#host.nextId();
    const filters = resumeFilters(this.#filters, {
      asked: this.#asked,
      settledAtS: this.#settledAtS,
      firstAtS: this.#firstAtS,
      overlapS: this.#options.overlapS ?? 0,
    });
    if (!this.#host.request(id, filters)) return;
    this.#id = id;
    this.#live = this.#answered = false;
    this.#stored = { events: 0, bytes: 0 };
    const paged = this.#options.backfill !== false &&
      filters.every((filter) => filter.limit === undefined);
    this.#backfill = paged
      ? new Backfill(filters, this.#host.advisedCap(), (second) => this.#incomplete(second))
      : null;
    this.#expectEose();
  }

  /** The connection was lost. Queued deliveries stay, and the next {@link LiveSubscription.ask} sends the request again. */
  lost(): void {
    this.#clear();
    this.#id = null;
    this.#held = false;
  }

  /** Handles one message for this subscription. */
  message(
    message: Extract<RelayMessage, { type: "EVENT" | "EOSE" | "CLOSED" }>,
  ): void {
    if (this.#ended) return;
    this.#answered = true;
    const page = this.#backfill?.id ?? null;
    const current = page === null || message.subscription === page;
    if (message.type === "EVENT") {
      this.#event(message.raw, message.encoding, current);
    } else if (message.type === "CLOSED") this.#closed(message);
    else if (current) this.#eose();
  }

  /** Something else waits for an answer on this socket, so this subscription must not keep it paused. */
  yield(): void {
    if (!this.#options.prompt) this.shed();
  }

  /** Ends the pause of the socket: sends CLOSE now, and REQ again when there is room. */
  shed(): void {
    if (!this.#held) return;
    this.#host.count("overflows");
    this.#host.log("warn", "relay subscription overflowed; it is requested again later", {
      queued: this.#queue.length,
    });
    this.#unsubscribe();
    this.#shed = true;
    this.#release();
  }

  #event(bytes: Uint8Array, encoding: "toon" | "json", counts: boolean): void {
    const { limits } = this.#host;
    this.#host.worked();
    this.#refusals.served();
    if (bytes.byteLength > limits.maxEventBytes) {
      return this.#host.count("oversized");
    }
    const nowS = Math.floor(this.#host.clock() / 1_000);
    const found = findCreatedAt(bytes, encoding);
    if (!this.#live) {
      this.#stored.events++;
      this.#stored.bytes += bytes.byteLength;
      if (counts) this.#backfill?.saw(found);
      if (
        this.#stored.events > limits.maxStoredEvents ||
        this.#stored.bytes > limits.maxStoredBytes
      ) {
        return this.#host.abandon("more stored events than one request may bring", true);
      }
      this.#expectEose();
    }
    this.#queue.push({
      type: "document",
      bytes,
      encoding,
      createdAtS: found === null ? null : Math.min(found, nowS),
      stored: !this.#live,
    });
    if (this.#queue.full) this.#full();
  }

  #full(): void {
    const { limits } = this.#host;
    if (!this.#held) {
      this.#held = true;
      this.#host.hold(this);
      this.#holdTimer.set(limits.maxHoldMs, () => this.shed());
      if (!this.#options.prompt && this.#host.contended()) this.shed();
      return;
    }
    // A pause stops the next read, but not the remaining frames of this one. At twice the bound, it did not help.
    if (this.#queue.overfull) this.shed();
  }

  #taken(): void {
    if (!this.#queue.roomy) return;
    if (this.#held) this.#release();
    if (!this.#shed) return;
    this.#shed = false;
    queueMicrotask(() => this.ask());
  }

  #eose(): void {
    this.#host.worked();
    this.#refusals.served();
    if (this.#live) return;
    const page = this.#backfill?.next() ?? null;
    if (page === null) return this.#storedEnd(false);
    const id = this.#host.nextId();
    if (this.#host.request(id, [page])) {
      if (this.#backfill?.id) this.#host.unsubscribe(this.#backfill.id);
      this.#backfill!.id = id;
      this.#expectEose();
    }
  }

  #incomplete(second: number): void {
    this.#host.count("incomplete_seconds");
    this.#host.log("warn", "relay cannot be read completely: it gives only a part of one second", {
      second: new Date(second * 1_000).toISOString(),
    });
  }

  #storedEnd(assumed: boolean): void {
    this.#eoseTimer.clear();
    if (this.#backfill?.id) this.#host.unsubscribe(this.#backfill.id);
    this.#backfill = null;
    this.#asked = true;
    // After an assumed end, more stored events may still arrive. So the phase stays `stored`, and these events do not move a cursor.
    if (!assumed) this.#live = true;
    this.#queue.push({ type: "eose", assumed });
  }

  #closed({ subscription, prefix, message }: Extract<RelayMessage, { type: "CLOSED" }>): void {
    // A refused page would leave a gap among the older events, so the whole request is sent again.
    this.#unsubscribe(subscription);
    this.#refusals.closed(prefix, message).then(
      () => this.ask(),
      (error) => this.#unproved(error),
    );
  }

  #unproved(error: RelayError): void {
    // The connection was lost meanwhile. The request is sent again on the next one.
    if (error.code === "unreachable") return;
    if (error.code === "timeout") return this.#host.abandon("no answer to our proof");
    this.#end(error);
  }

  #expectEose(): void {
    this.#eoseTimer.set(this.#host.limits.eoseTimeoutMs, () => {
      // While we pause the socket, no EOSE can arrive.
      if (this.#held) return this.#expectEose();
      this.#storedEnd(true);
    });
  }

  #release(): void {
    this.#held = false;
    this.#holdTimer.clear();
    this.#host.release(this);
  }

  #unsubscribe(closed: string | null = null): void {
    for (const id of [this.#backfill?.id ?? null, this.#id]) {
      if (id !== null && id !== closed) this.#host.unsubscribe(id);
    }
    this.#backfill = null;
    this.#id = null;
    this.#eoseTimer.clear();
  }

  #end(failure: RelayError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsubscribe();
    if (this.#held) this.#release();
    this.#clear();
    this.#host.forget();
    this.#queue.end(failure);
  }

  #clear(): void {
    this.#eoseTimer.clear();
    this.#holdTimer.clear();
    this.#refusals.clear();
    this.#backfill = null;
  }
}
