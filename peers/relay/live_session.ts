/**
 * The implementation of {@link RelaySession}: one connection, and the distribution of its messages.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { encodeMessage, type RelayMessage } from "../../protocols/nostr/message.ts";
import { rarely } from "../../base/log/rarely.ts";
import { RELAY_BACKOFF } from "../../base/backoff.ts";
import { LiveSubscription } from "./live_subscription.ts";
import { RelayAuth } from "./relay_auth.ts";
import { RelayConnection } from "./relay_connection.ts";
import { RelayError } from "./relay_error.ts";
import { fetchInformation, type RelayInformation } from "./relay_information.ts";
import { RELAY_LIMITS, type RelayLimits } from "./relay_limits.ts";
import type { Log } from "../../base/log/log.ts";
import { type PublishOutcome, RelayPublisher } from "./relay_publisher.ts";
import { type QueryLimits, type QueryResult, readQuery } from "./relay_query.ts";
import type { RelaySession, RelaySessionOptions, RelayStatus } from "./relay_session.ts";
import { openSocket } from "./relay_socket.ts";
import type { RelaySubscription, SubscribeOptions } from "./relay_subscription.ts";
import { parseRelayUrl } from "./relay_url.ts";
import { SilentChallenge } from "./silent_challenge.ts";
import { systemTimers, type Timers } from "../../base/timers.ts";
import { UnaskedMessages } from "./unasked_messages.ts";

const PUBLISH_TIMEOUT_MS = 10_000;
const NOTICE_CHARS = 200;

/** One session; see {@link RelaySession}. */
export class LiveSession implements RelaySession {
  readonly url: string;
  readonly #informationUrl: string;
  readonly #options: RelaySessionOptions;
  readonly #limits: RelayLimits;
  readonly #timers: Timers;
  readonly #clock: () => number;
  readonly #log: Log;
  readonly #logNotice: Log;
  readonly #count: (counter: string, by?: number) => void;
  readonly #connection: RelayConnection;
  readonly #auth: RelayAuth;
  readonly #silence: SilentChallenge;
  readonly #publisher: RelayPublisher;
  readonly #subscriptions = new Set<LiveSubscription>();
  readonly #listeners = new Set<(status: RelayStatus) => void>();
  readonly #abort = new AbortController();
  #information: Promise<RelayInformation | null> | null = null;
  #advice: RelayInformation["limitation"] = undefined;
  #lastId = 0;
  #queries = 0;
  #proving = 0;
  readonly #unasked: UnaskedMessages;

  /** Begins to connect. */
  constructor(options: RelaySessionOptions) {
    const url = parseRelayUrl(options.url);
    this.url = url.href;
    this.#informationUrl = url.informationUrl;
    this.#options = options;
    this.#limits = { ...RELAY_LIMITS, ...options.limits };
    this.#timers = options.timers ?? systemTimers;
    this.#clock = options.clock ?? Date.now;
    this.#log = options.log ?? (() => {});
    this.#logNotice = rarely(this.#log, this.#clock);
    this.#count = options.count ?? (() => {});
    this.#unasked = new UnaskedMessages(this.#limits.maxUnasked, {
      clock: this.#clock,
      count: this.#count,
      abandon: () => this.#connection.abandon("it sends what was not asked for", true),
    });
    this.#connection = new RelayConnection({
      url: this.url,
      limits: this.#limits,
      backoff: options.backoff ?? RELAY_BACKOFF,
      openSocket: options.openSocket ?? openSocket,
      clock: this.#clock,
      random: options.random ?? Math.random,
      timers: this.#timers,
      log: this.#log,
      count: this.#count,
    }, {
      connected: () => this.#connected(),
      message: (message) => this.#message(message),
      lost: () => this.#lost(),
      status: (status) => this.#listeners.forEach((listener) => listener(status)),
    });
    this.#auth = new RelayAuth({
      url: this.url,
      signer: options.signer ?? null,
      clock: this.#clock,
      timers: this.#timers,
      timeoutMs: PUBLISH_TIMEOUT_MS,
      send: (event) => this.#connection.send(encodeMessage({ type: "AUTH", event })),
    });
    this.#publisher = new RelayPublisher({
      url: this.url,
      maxPublishing: this.#limits.maxPublishing,
      timers: this.#timers,
      send: (event) => this.#connection.send(encodeMessage({ type: "EVENT", event })),
      authenticate: () => this.#prove(),
      mayProve: () => this.#auth.offered,
    });
    this.#silence = new SilentChallenge({
      timers: this.#timers,
      offered: () => this.#auth.offered,
      waiting: () =>
        this.#publisher.waiting > 0 || [...this.#subscriptions].some((each) => each.unanswered),
      prove: () => this.#proveUnasked(),
    });
    this.#connection.start();
  }

  status(): RelayStatus {
    return this.#connection.status;
  }

  onStatus(listener: (status: RelayStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  subscribe(filters: readonly Filter[], options: SubscribeOptions = {}): RelaySubscription {
    if (filters.length === 0) {
      throw new RelayError("bad_option", "Cannot subscribe: at least one filter is needed");
    }
    const subscription: LiveSubscription = new LiveSubscription(
      {
        limits: this.#limits,
        clock: this.#clock,
        timers: this.#timers,
        count: this.#count,
        log: (level, msg, fields) => this.#log(level, msg, { relay: this.url, ...fields }),
        nextId: () => `s${++this.#lastId}`,
        request: (id, wanted) =>
          this.#connection.send(encodeMessage({ type: "REQ", subscription: id, filters: wanted })),
        unsubscribe: (id) =>
          void this.#connection.send(encodeMessage({ type: "CLOSE", subscription: id })),
        hold: (holder) => this.#connection.hold(holder),
        release: (holder) => this.#connection.release(holder),
        advisedCap: () => this.#advice?.default_limit ?? this.#advice?.max_limit,
        contended: () => this.#contended(),
        worked: () => this.#connection.worked(),
        abandon: (reason, longest) => this.#connection.abandon(reason, longest),
        authenticate: () => this.#prove(),
        mayProve: () => this.#auth.offered,
        forget: () => void this.#subscriptions.delete(subscription),
      },
      filters,
      options,
    );
    if (this.#connection.status.state === "closed") {
      subscription.fail(new RelayError("session_closed", "The relay session was closed"));
      return subscription;
    }
    this.#subscriptions.add(subscription);
    if (this.#connection.status.state === "connected") subscription.ask();
    this.#silence.watch();
    return subscription;
  }

  publish(
    event: NostrEvent,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<PublishOutcome> {
    if (this.#connection.status.state === "closed") {
      return Promise.reject(new RelayError("session_closed", "The relay session was closed"));
    }
    const published = this.#publisher.publish(
      event,
      options.timeoutMs ?? PUBLISH_TIMEOUT_MS,
      options.signal,
    );
    this.#silence.watch();
    this.#relieve();
    return published;
  }

  async query(
    filters: readonly Filter[],
    limits: QueryLimits,
  ): Promise<QueryResult> {
    const subscription = this.subscribe(filters, {
      backfill: false,
      prompt: true,
    });
    this.#queries++;
    this.#relieve();
    try {
      return await readQuery(subscription, limits, this.#timers);
    } finally {
      this.#queries--;
    }
  }

  information(): Promise<RelayInformation | null> {
    return this.#information ??= fetchInformation(this.#informationUrl, {
      timers: this.#timers,
      signal: this.#abort.signal,
    }).then((information) => {
      this.#advice = information?.limitation;
      return information;
    });
  }

  close(): void {
    for (const subscription of [...this.#subscriptions]) subscription.close();
    this.#publisher.close();
    this.#auth.reset();
    this.#silence.stop();
    this.#abort.abort();
    this.#connection.stop();
    this.#listeners.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #connected(): void {
    for (const subscription of this.#subscriptions) subscription.ask();
    this.#publisher.connected();
  }

  #lost(): void {
    for (const subscription of this.#subscriptions) subscription.lost();
    this.#publisher.lost();
    this.#auth.reset();
    this.#silence.stop();
  }

  #message(message: RelayMessage): void {
    switch (message.type) {
      case "EVENT":
      case "EOSE":
      case "CLOSED":
        for (const subscription of this.#subscriptions) {
          if (subscription.owns(message.subscription)) return subscription.message(message);
        }
        return this.#unasked.unexpected();
      case "OK": {
        const { eventId, accepted, prefix, message: words } = message;
        if (this.#auth.takesOk(eventId, accepted, words)) return;
        const isOurs = this.#publisher.ok(eventId, accepted, prefix, words);
        return isOurs ? this.#connection.worked() : this.#unasked.unexpected();
      }
      case "AUTH":
        this.#unasked.came();
        this.#auth.challenge(message.challenge);
        if (this.#advice?.auth_required === true && this.#options.signer) {
          this.#prove().catch(() => this.#count("auth_failures"));
        }
        return this.#silence.watch();
      case "COUNT":
        return this.#unasked.unexpected();
      case "NOTICE": {
        const notice = message.message.slice(0, NOTICE_CHARS);
        this.#unasked.came();
        this.#count("notices");
        this.#silence.noticed(message.message);
        this.#publisher.noticed(notice);
        return this.#logNotice("info", "relay notice", { relay: this.url, notice });
      }
    }
  }

  /** Authenticates because the relay sent a challenge and does not answer. Then sends every unanswered request and event again. */
  async #proveUnasked(): Promise<void> {
    this.#log("info", "the relay does not answer before we authenticate", { relay: this.url });
    try {
      await this.#prove();
    } catch {
      return this.#count("auth_failures");
    }
    for (const subscription of this.#subscriptions) subscription.again();
    this.#publisher.again();
  }

  async #prove(): Promise<void> {
    this.#proving++;
    this.#relieve();
    try {
      await this.#auth.prove();
    } finally {
      this.#proving--;
    }
  }

  #contended(): boolean {
    return this.#queries > 0 || this.#proving > 0 ||
      this.#publisher.waiting > 0;
  }

  /** Something waits for an answer now, so no full subscription may keep the socket paused. */
  #relieve(): void {
    for (const subscription of this.#subscriptions) subscription.yield();
  }
}
