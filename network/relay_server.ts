/**
 * The `dev` network's relay: NIP-01 read by filters, live and stored, over WebSocket; written by a paid packet alone (or, in `nostr`
 * mode, by EVENT after verification).
 *
 * Holds what its readers hold (relay/reader.ts) and the writes of one turn, which share one durable transaction.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { hasOwnId } from "../protocols/nostr/event.ts";
import { createVerifier } from "../protocols/nostr/verifier.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import { type Admission, AdmissionDesk, type BlockList } from "./relay/admission.ts";
import { classOfKind } from "./relay/event_class.ts";
import { EventStore, type StoredEvent } from "./relay/event_store.ts";
import { GroupWrite } from "./relay/group_write.ts";
import { informationAnswer, informationDocument, type RelayIdentity } from "./relay/information.ts";
import { RELAY_SERVER_LIMITS, type RelayServerLimits } from "./relay/limits.ts";
import { Reader } from "./relay/reader.ts";

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
  /** The third element of EVENT: a JSON object (default), or TOON text as the network's early relays send it. */
  readonly delivery?: "json" | "toon";
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits?: Partial<RelayServerLimits>;
  readonly blocked?: BlockList;
  readonly clock?: () => number;
  readonly log?: (
    level: "debug" | "info" | "warn" | "error",
    msg: string,
    fields?: Readonly<Record<string, string | number | boolean | bigint | undefined>>,
  ) => void;
}

/** What became of a write. Survives a structured clone. */
export interface WriteResult {
  readonly result: "stored" | "duplicate" | "refused";
  /** `stored`, `broadcast` (ephemeral), `duplicate`, or a RefusalCode. */
  readonly code: string;
  readonly message: string;
  /** Null where no event could be read. */
  readonly eventId: string | null;
}

/** What a check says: the same as a write would, with what a payment needs to know. */
export interface CheckResult {
  readonly result: "new" | "duplicate" | "refused";
  readonly code: string;
  readonly message: string;
  readonly eventId: string | null;
  /** The event's author, where one could be read. */
  readonly pubkey: string | null;
  /** Whether exactly this event was taken in before, though it may be deleted, replaced or expired by now. */
  readonly takenBefore: boolean;
}

/** Figures of a running relay. */
export interface RelayServerStatus {
  readonly url: string;
  readonly connections: number;
  readonly subscriptions: number;
  readonly events: number;
  readonly written: number;
  readonly refused: number;
  readonly dropped: number;
}

/** A running relay. */
export interface RelayServer {
  /** `ws://host:port/`. */
  readonly url: string;
  /** The port it listens at. */
  readonly port: number;
  /** Whether these bytes (TOON or JSON) would be taken in. No effect. */
  check(raw: Uint8Array): Promise<CheckResult>;
  /** Takes an event in: durable, or broadcast if ephemeral, before it resolves. The same event again is `duplicate`. */
  write(raw: Uint8Array): Promise<WriteResult>;
  /** Its figures now. */
  status(): RelayServerStatus;
  /** Ends connections and closes the database. */
  close(): Promise<void>;
  /** As close. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a relay; resolves when it listens. */
export async function startRelayServer(options: RelayServerOptions): Promise<RelayServer> {
  const store = new EventStore(options.file);
  const server = new Relay(options, store, await createVerifier());
  try {
    await server.listen();
  } catch (error) {
    store.close();
    throw error;
  }
  return server;
}

/** What `EVENT` over the WebSocket is answered with where writes are paid. */
export const WRITE_RESTRICTED = "restricted: writes require ILP payment";

class Relay implements RelayServer {
  readonly #options: RelayServerOptions;
  readonly #limits: RelayServerLimits;
  readonly #clock: () => number;
  readonly #store: EventStore;
  readonly #desk: AdmissionDesk;
  readonly #writes: GroupWrite;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #readers = new Set<Reader>();
  readonly #figures = { written: 0, refused: 0, dropped: 0 };
  #closed = false;
  url = "";
  port = 0;

  constructor(
    options: RelayServerOptions,
    store: EventStore,
    verifier: Awaited<ReturnType<typeof createVerifier>>,
  ) {
    this.#options = options;
    this.#limits = { ...RELAY_SERVER_LIMITS, ...options.limits };
    this.#clock = options.clock ?? Date.now;
    this.#store = store;
    this.#writes = new GroupWrite(store);
    this.#desk = new AdmissionDesk({
      store,
      verifier,
      limits: this.#limits,
      blocked: options.blocked ?? {},
      clock: this.#clock,
    });
    const answer = informationAnswer(
      informationDocument(options.identity, options.write, this.#limits),
    );
    this.#http = options.tls === undefined
      ? createServer(answer)
      : createTlsServer(options.tls, answer) as unknown as Server;
    this.#sockets = new WebSocketServer({
      server: this.#http,
      maxPayload: this.#limits.maxMessageBytes,
      perMessageDeflate: false,
    });
    this.#sockets.on("error", () => {});
    this.#sockets.on("connection", (socket) => {
      socket.on("error", () => {});
      if (this.#readers.size >= this.#limits.maxConnections) {
        return socket.close(1013, "max connections reached");
      }
      const reader = new Reader(socket, {
        limits: this.#limits,
        store: this.#store,
        clock: this.#clock,
        publish: (raw) => this.#publish(raw),
        render: (form) => this.#render(form),
        gone: (which, reason) => this.#gone(which, reason),
      });
      this.#readers.add(reader);
      socket.on("close", () => {
        reader.ended();
        this.#readers.delete(reader);
      });
    });
  }

  async listen(): Promise<void> {
    const { hostname = "127.0.0.1", port = 0, tls } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(port, hostname, () => {
        this.#http.off("error", reject);
        this.#http.on("error", () => {});
        resolve();
      });
    });
    this.port = (this.#http.address() as AddressInfo).port;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    this.url = `${tls === undefined ? "ws" : "wss"}://${host}:${this.port}/`;
    this.#store.reap(Math.floor(this.#clock() / 1_000));
  }

  // deno-lint-ignore require-await -- a caller in another worker awaits it
  async check(raw: Uint8Array): Promise<CheckResult> {
    const admission = this.#desk.check(raw);
    if (admission.result !== "refused") {
      const { result, stored: { event } } = admission;
      return {
        result,
        code: result,
        message: "",
        eventId: event.id,
        pubkey: event.pubkey,
        takenBefore: result === "duplicate",
      };
    }
    const { result, code, message, event } = admission;
    return {
      result,
      code,
      message,
      eventId: event?.id ?? null,
      pubkey: event?.pubkey ?? null,
      takenBefore: event !== null && hasOwnId(event) && this.#store.wasWritten(event.id),
    };
  }

  async write(raw: Uint8Array): Promise<WriteResult> {
    const admission = this.#desk.check(raw);
    if (admission.result === "refused") return this.#refused(admission);
    const { event } = admission.stored;
    if (admission.result === "duplicate") return duplicate(event.id);
    if (classOfKind(event.kind) === "ephemeral") {
      this.#desk.sent(event);
      this.#broadcast(admission.stored);
      return { result: "stored", code: "broadcast", message: "", eventId: event.id };
    }
    const standing = await this.#writes.put(admission.stored);
    if (standing === "duplicate") return duplicate(event.id);
    if (standing !== "new") {
      const message = "another event of the same moment took its place";
      return this.#refused({ result: "refused", code: standing, message, event });
    }
    this.#figures.written++;
    this.#broadcast(admission.stored);
    return { result: "stored", code: "stored", message: "", eventId: event.id };
  }

  status(): RelayServerStatus {
    let subscriptions = 0;
    for (const reader of this.#readers) subscriptions += reader.subscriptions;
    return {
      url: this.url,
      connections: this.#readers.size,
      subscriptions,
      events: this.#closed ? 0 : this.#store.count(),
      ...this.#figures,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#writes.flush();
    this.#closed = true;
    for (const reader of [...this.#readers]) reader.drop(1001, "relay is stopping");
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
    this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refused(refusal: Extract<Admission, { result: "refused" }>): WriteResult {
    this.#figures.refused++;
    const { result, code, message, event } = refusal;
    return { result, code, message, eventId: event?.id ?? null };
  }

  #broadcast(stored: StoredEvent): void {
    for (const reader of this.#readers) reader.offer(stored.event, stored);
  }

  async #publish(raw: Uint8Array): Promise<{ accepted: boolean; message: string }> {
    if (this.#options.write === "ilp") return { accepted: false, message: WRITE_RESTRICTED };
    const { result, code, message } = await this.write(raw);
    if (result === "stored") return { accepted: true, message: "" };
    if (result === "duplicate") return { accepted: true, message: `duplicate: ${message}` };
    return { accepted: false, message: `${prefixOf(code)}: ${message}` };
  }

  #render(form: { json: string; raw: Uint8Array; encoding: "toon" | "json" }): string {
    if (this.#options.delivery !== "toon") return form.json;
    const toon = form.encoding === "toon" ? form.raw : encodeToon(JSON.parse(form.json), "1.4");
    return JSON.stringify(new TextDecoder("utf-8", { ignoreBOM: true }).decode(toon));
  }

  #gone(reader: Reader, reason: string): void {
    this.#readers.delete(reader);
    if (this.#closed) return;
    this.#figures.dropped++;
    this.#options.log?.("warn", "relay dropped a reader", { reason });
  }
}

function duplicate(eventId: string): WriteResult {
  return { result: "duplicate", code: "duplicate", message: "already have this event", eventId };
}

/** NIP-01's prefix for a refusal. */
function prefixOf(code: string): string {
  return code === "blocked" || code === "deleted" ? "blocked" : "invalid";
}
