/**
 * The relay: Nostr events read by filters, live and stored, over WebSocket; written by a paid packet alone (or, in `nostr` mode, by EVENT
 * after verification). docs/relay.md says what it keeps of each NIP.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { systemTimers } from "../../base/timers.ts";
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

/** How a relay is started. */
export interface RelayServerOptions {
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** The database's file; its folder exists. `:memory:` keeps nothing. */
  readonly file: string;
  readonly identity: RelayIdentity;
  /** `ilp`: only paid packets write. `nostr`: EVENT writes, after verification. */
  readonly write: "ilp" | "nostr";
  /** How events are delivered to clients that do not ask by `?format=`. Default `json`. */
  readonly delivery?: DeliveryFormat;
  /** Who must prove a key, and what is private (NIP-42). */
  readonly access?: AccessOptions;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits?: Partial<RelayServerLimits>;
  readonly blocked?: BlockList;
  /** What is let go of; nothing unless told, but for what expired. */
  readonly retention?: readonly RetentionRule[];
  /** How often the relay lets go of it. Default 30 s. */
  readonly sweepMs?: number;
  /** Checks signatures. Default: one verifier on this thread. */
  readonly verify?: VerifyEvents;
  readonly clock?: () => number;
  readonly log?: Log;
}

/** Figures of a running relay. */
export interface RelayServerStatus extends RelayFigures {
  readonly url: string;
  readonly startedAtMs: number;
  readonly connections: number;
  /** Connections that have not sent a whole request. */
  readonly pendingConnections: number;
  readonly subscriptions: number;
  readonly events: number;
  /** Bytes of the database. */
  readonly storedBytes: number;
  /** Signatures that were checked. */
  readonly verified: number;
}

/** A running relay. */
export interface RelayServer {
  /** `ws://host:port/`. */
  readonly url: string;
  /** The port it listens at. */
  readonly port: number;
  /** Whether these bytes (TOON or JSON) would be taken in. No effect. */
  check(raw: Uint8Array): Promise<CheckResult>;
  /**
   * Takes an event in: durable, or broadcast if ephemeral, before it resolves. The same event again is `duplicate`. With `expectedId`
   * a document that holds another event is refused.
   */
  write(raw: Uint8Array, expectedId?: string): Promise<WriteResult>;
  /** Its figures now. */
  status(): RelayServerStatus;
  /** Ends connections and closes the database. */
  close(): Promise<void>;
  /** As close. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a relay; resolves when it listens. */
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

/** What `EVENT` over the WebSocket is answered with where writes are paid. */
export const WRITE_RESTRICTED = "restricted: writes require ILP payment";

/** Good signatures that are remembered, so that the check and the write of one event verify once. */
const REMEMBERED = 8_192;
const SWEEP_MS = 30_000;
/** Pings that are sent before others may run. */
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
  readonly #desk: WriteQueue;
  readonly #listener: Listener;
  readonly #sweeper: Sweeper;
  readonly #readers = new Set<ConnectedReader>();
  readonly #startedAtMs: number;
  #pings: ReturnType<typeof setInterval> | undefined;
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
    const desk = new AdmissionCheck({
      store,
      verifier,
      limits,
      blocked: options.blocked ?? {},
      clock,
    });
    const writes = this.#writes = new GroupWrite(store, clock);
    const broadcast = (stored: StoredEvent) => this.#broadcast(stored);
    this.#desk = new WriteQueue({ store, desk, writes, figures, broadcast });
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
      this.#options.log?.("error", "relay could not sweep", { reason: String(error) });
    this.#sweeper.sweep().catch(failed);
    this.#sweeper.start(this.#options.sweepMs ?? SWEEP_MS, failed);
    this.#pings = setInterval(() => void this.#ping(), this.limits.pingMs);
    Deno.unrefTimer(this.#pings as unknown as number);
  }

  check(raw: Uint8Array): Promise<CheckResult> {
    return this.#desk.check(raw);
  }

  write(raw: Uint8Array, expectedId?: string): Promise<WriteResult> {
    return this.#desk.write(raw, expectedId);
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
    clearInterval(this.#pings);
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
    return okOf(await this.#desk.take(received, proved));
  }

  gone(reader: ConnectedReader, reason: string): void {
    this.#readers.delete(reader);
    if (this.#closed) return;
    this.figures.dropped(reason);
    this.#options.log?.("warn", "relay dropped a reader", { reason });
  }

  /** Made once for each format and subscription id, however many clients get it. */
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

  async #ping(): Promise<void> {
    let sent = 0;
    for (const reader of [...this.#readers]) {
      reader.ping();
      if (++sent % PINGS_AT_ONCE === 0) await new Promise<void>(afterOthers);
    }
  }
}
