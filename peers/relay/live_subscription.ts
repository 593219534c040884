/**
 * One subscription over whatever sockets come and go, read as a stream.
 *
 * Holds at most 256 events or 4 MiB (RelayLimits) beside what one socket read brings. Overflow rule: when full, the socket is paused;
 * when that holds others up, lasts longer than `maxHoldMs`, or does not stop the flow, the subscription is CLOSEd, what still
 * comes for it is dropped, and once the queue is half empty it is asked for again from the last settled event.
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

/** The session's side of a subscription. */
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

  /** Made by the session, which then calls {@link LiveSubscription.ask} whenever it is connected. */
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

  /** Whether messages for this id are ours. */
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

  /** Whether the relay was asked and has said nothing to it yet. */
  get unanswered(): boolean {
    return this.#id !== null && !this.#answered;
  }

  /** Asks once more what was not answered: the relay may answer now. */
  again(): void {
    if (this.unanswered) this.askFor(this.#filters);
  }

  close(): void {
    this.#end(null);
  }

  /** Ends it with an error for its reader, after what is queued. */
  fail(error: RelayError): void {
    this.#end(error);
  }

  /** Sends REQ, if there is room for what it brings. */
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

  /** The connection is gone: what is queued stays, the request is made again by the next {@link LiveSubscription.ask}. */
  lost(): void {
    this.#clear();
    this.#id = null;
    this.#held = false;
  }

  /** One message for this subscription. */
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

  /** Somebody else awaits an answer on this socket. */
  yield(): void {
    if (!this.#options.prompt) this.shed();
  }

  /** Gives the socket back: CLOSE now, REQ again when there is room. */
  shed(): void {
    if (!this.#held) return;
    this.#host.count("overflows");
    this.#host.log("warn", "relay subscription overflowed, asking again later", {
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
    // Pausing stops the next read, not the frames of this one; past twice the bound it did not help.
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
    // After an assumed end more stored events may still come, so none of them may move a cursor.
    if (!assumed) this.#live = true;
    this.#queue.push({ type: "eose", assumed });
  }

  #closed({ subscription, prefix, message }: Extract<RelayMessage, { type: "CLOSED" }>): void {
    // A refused page leaves a hole further back, so the whole request is made again.
    this.#unsubscribe(subscription);
    this.#refusals.closed(prefix, message).then(
      () => this.ask(),
      (error) => this.#unproved(error),
    );
  }

  #unproved(error: RelayError): void {
    // The connection went away meanwhile: the next one asks again.
    if (error.code === "unreachable") return;
    if (error.code === "timeout") return this.#host.abandon("no answer to our proof");
    this.#end(error);
  }

  #expectEose(): void {
    this.#eoseTimer.set(this.#host.limits.eoseTimeoutMs, () => {
      // A paused socket is silent because of us.
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
