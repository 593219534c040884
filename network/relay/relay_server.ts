/**
 * The relay. Clients read live and stored Nostr events by filters over WebSocket. Only paid packets write events; in `nostr` mode, EVENT
 * writes them after verification. docs/relay.md describes how far it supports each NIP.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { systemTimers, type Timers } from "../../base/timers.ts";
import { type AccessOptions, AccessRules } from "./access.ts";
import { AdmissionCheck, type BlockList, type ReceivedEvent } from "./admission.ts";
import { type DeliveryFormat, EventForms, eventMessage } from "./event_forms.ts";
import { EventStore, type StoredEvent } from "./event_store.ts";
import { GroupWrite } from "./group_write.ts";
import { informationAnswer, informationDocument, type RelayIdentity } from "./information.ts";
import { RELAY_SERVER_LIMITS, type RelayServerLimits } from "./limits.ts";
import { Listener } from "./listener.ts";
import { Reader } from "./reader.ts";
import type { ConnectedReader, LiveSubscription } from "./reader_host.ts";
import type { ReaderHost } from "./reader_host.ts";
import { FigureBook, type RelayFigures } from "./relay_figures.ts";
import { type RetentionRule, Sweeper } from "./retention.ts";
import { SubscriptionIndex } from "./subscription_index.ts";
import { afterOthers, Turns } from "./turns.ts";
import { type VerifyEvents, verifyHere, VerifyLane } from "./verify_lane.ts";
import { type CheckResult, okOf, WriteQueue, type WriteResult } from "./write_queue.ts";

export type { CheckResult, WriteResult } from "./write_queue.ts";

/** The options of a relay. */
export interface RelayServerOptions {
  /** Default: 127.0.0.1. */
  readonly hostname?: string;
  /** Default: 0, which chooses a free port. */
  readonly port?: number;
  /** The database's file, in an existing folder. `:memory:` keeps nothing. */
  readonly file: string;
  readonly identity: RelayIdentity;
  /** `ilp`: only paid packets write events. `nostr`: EVENT writes them, after verification. */
  readonly write: "ilp" | "nostr";
  /** The format of events for clients that choose none with `?format=`. Default: `json`. */
  readonly delivery?: DeliveryFormat;
  /** Whether clients must authenticate, and which kinds are private (NIP-42). */
  readonly access?: AccessOptions;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits?: Partial<RelayServerLimits>;
  readonly blocked?: BlockList;
  /** Which events are removed automatically, in addition to expired ones. Default: none. */
  readonly retention?: readonly RetentionRule[];
  /** How often events are removed automatically. Default: 30 s. */
  readonly sweepMs?: number;
  /** Checks signatures. Default: one verifier on this thread. */
  readonly verify?: VerifyEvents;
  readonly clock?: () => number;
  /** Sets the timer of the pings. Default: the system's. */
  readonly after?: Timers["after"];
  readonly log?: Log;
}

/** Figures of a running relay. */
export interface RelayServerStatus extends RelayFigures {
  readonly url: string;
  readonly startedAtMs: number;
  readonly connections: number;
  /** Connections that have not sent a complete request. */
  readonly pendingConnections: number;
  readonly subscriptions: number;
  readonly events: number;
  /** The size of the database. */
  readonly storedBytes: number;
  /** The number of checked signatures. */
  readonly verified: number;
}

/** A running relay. */
export interface RelayServer {
  /** `ws://host:port/`. */
  readonly url: string;
  /** The port where it listens. */
  readonly port: number;
  /** Whether the relay would accept these bytes (TOON or JSON). Has no effect. */
  check(raw: Uint8Array): Promise<CheckResult>;
  /**
   * Writes an event. When it resolves, the event is durable, or was sent to the subscribers if it is ephemeral. The same event again is
   * `duplicate`. With `expectedId`, a document with another event is refused.
   */
  write(raw: Uint8Array, expectedId?: string): Promise<WriteResult>;
  /** The relay's figures now. */
  status(): RelayServerStatus;
  /** Ends all connections and closes the database. */
  close(): Promise<void>;
  /** The same as {@link RelayServer.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a relay. Resolves when it listens. */
export async function startRelayServer(options: RelayServerOptions): Promise<RelayServer> {
  const verify = options.verify ?? verifyHere(await createVerifier({ remember: REMEMBERED }));
  const server = new Relay(options, verify);
  try {
    await server.listen();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** The answer to an EVENT over the WebSocket if writes must be paid. */
export const WRITE_RESTRICTED = "restricted: writes require ILP payment";

/** The number of remembered valid signatures, so that the check and the write of one event verify it only once. */
const REMEMBERED = 8_192;
const SWEEP_MS = 30_000;
/** The number of pings after which other work may run. */
const PINGS_AT_ONCE = 256;

class Relay implements RelayServer, ReaderHost {
  readonly limits: RelayServerLimits;
  readonly clock: () => number;
  readonly forms = new EventForms();
  readonly store: EventStore;
  readonly index = new SubscriptionIndex<LiveSubscription>();
  readonly rules: AccessRules;
  readonly figures: FigureBook;
  readonly turns: Turns;
  readonly verify: VerifyEvents;
  readonly #options: RelayServerOptions;
  readonly #lane: VerifyLane;
  readonly #writes: GroupWrite;
  readonly #queue: WriteQueue;
  readonly #listener: Listener;
  readonly #sweeper: Sweeper;
  readonly #readers = new Set<ConnectedReader>();
  readonly #startedAtMs: number;
  #cancelPings = () => {};
  #closed = false;

  constructor(options: RelayServerOptions, verify: VerifyEvents) {
    this.#options = options;
    this.verify = verify;
    const limits = this.limits = { ...RELAY_SERVER_LIMITS, ...options.limits };
    const clock = this.clock = options.clock ?? Date.now;
    this.#startedAtMs = clock();
    const figures = this.figures = new FigureBook(clock);
    this.turns = new Turns(clock);
    const store = this.store = new EventStore(options.file, (id) => this.forms.forget(id));
    this.rules = new AccessRules(options.access);
    const verifier = this.#lane = new VerifyLane(verify);
    const checker = new AdmissionCheck({
      store,
      verifier,
      limits,
      blocked: options.blocked ?? {},
      clock,
    });
    const writes = this.#writes = new GroupWrite(store, clock);
    const broadcast = (stored: StoredEvent) => this.#broadcast(stored);
    this.#queue = new WriteQueue({ store, checker, writes, figures, broadcast });
    this.#sweeper = new Sweeper(store, options.retention ?? [], clock);
    const document = informationDocument(options.identity, options.write, limits, {
      authRequired: this.rules.required,
      retention: options.retention,
    });
    this.#listener = new Listener({
      hostname: options.hostname ?? "127.0.0.1",
      port: options.port ?? 0,
      tls: options.tls,
      limits,
      format: options.delivery ?? "json",
      timers: { ...systemTimers, now: clock },
      answer: informationAnswer(document),
      connected: (socket, stream, format) => {
        const reader = new Reader(socket, stream, format, this);
        this.#readers.add(reader);
        return () => {
          reader.ended();
          this.#readers.delete(reader);
        };
      },
    });
  }

  get url(): string {
    return this.#listener.url;
  }

  get port(): number {
    return this.#listener.port;
  }

  async listen(): Promise<void> {
    await this.#listener.listen();
    this.rules.addHost(this.url);
    const failed = (error: unknown) =>
      this.#options.log?.("error", "relay could not remove old events", { reason: String(error) });
    this.#sweeper.sweep().catch(failed);
    this.#sweeper.start(this.#options.sweepMs ?? SWEEP_MS, failed);
    this.#pingLater();
  }

  check(raw: Uint8Array): Promise<CheckResult> {
    return this.#queue.check(raw);
  }

  write(raw: Uint8Array, expectedId?: string): Promise<WriteResult> {
    return this.#queue.write(raw, expectedId);
  }

  status(): RelayServerStatus {
    return {
      url: this.url,
      startedAtMs: this.#startedAtMs,
      connections: this.#readers.size,
      pendingConnections: this.#listener.pending,
      subscriptions: this.index.size,
      events: this.#closed ? 0 : this.store.count(),
      storedBytes: this.#closed ? 0 : this.store.sizeBytes(),
      verified: this.#lane.checked,
      ...this.figures.now(),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#writes.flush();
    this.#closed = true;
    this.#cancelPings();
    await this.#sweeper.stop();
    for (const reader of [...this.#readers]) reader.drop(1001, "relay is stopping");
    await this.#listener.close();
    this.store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async publish(received: ReceivedEvent, proved: ReadonlySet<string>) {
    if (this.#options.write === "ilp") return { accepted: false, message: WRITE_RESTRICTED };
    return okOf(await this.#queue.take(received, proved));
  }

  gone(reader: ConnectedReader, reason: string): void {
    this.#readers.delete(reader);
    if (this.#closed) return;
    this.figures.dropped(reason);
    this.#options.log?.("warn", "relay dropped a reader", { reason });
  }

  /** Sends an event to all matching subscriptions. A message is made once for each format and subscription id. */
  #broadcast(stored: StoredEvent): void {
    const { event } = stored;
    const made = new Map<string, ReturnType<typeof eventMessage>>();
    for (const { id, reader } of this.index.matching(event)) {
      reader.deliver(event, () => {
        const key = reader.format + id;
        let message = made.get(key);
        if (message === undefined) {
          message = eventMessage(id, this.forms.get(event.id, reader.format, () => stored)!);
          made.set(key, message);
        }
        return message;
      });
    }
  }

  #pingLater(): void {
    const after = this.#options.after ?? systemTimers.after;
    this.#cancelPings = after(this.limits.pingMs, () => {
      this.#pingLater();
      void this.#ping();
    });
  }

  async #ping(): Promise<void> {
    let sent = 0;
    for (const reader of [...this.#readers]) {
      reader.ping();
      if (++sent % PINGS_AT_ONCE === 0) await new Promise<void>(afterOthers);
    }
  }
}
