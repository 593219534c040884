/**
 * A small relay that behaves as strfry was seen to: NIP-42 as `["AUTH", c]` and then `["CLOSED", s, "ERROR:
 * auth-required: ..."]`, 500 stored events per filter, 200 subscriptions per connection, texts for people in NOTICE. It
 * can also store events and never push them, as the network's town relay does. It shares only the check of signatures
 * with this program's own relay.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { parseEvent } from "../../../protocols/nostr/event.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { createVerifier, type EventVerifier } from "../../../protocols/nostr/verifier.ts";

type Filter = Readonly<Record<string, unknown>>;

/** How it is started. */
export interface StrfryOptions {
  /** Serves only clients that sent a proof. */
  readonly auth?: boolean;
  /** If false, it stores events and sends them to no open subscription. */
  readonly push?: boolean;
  /** The most stored events that one filter returns. */
  readonly page?: number;
  readonly maxSubscriptions?: number;
}

/** The relay at work. `await using` ends it. */
export class StrfryLike implements AsyncDisposable {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #verifier: EventVerifier;
  readonly #options: StrfryOptions;
  /** Everything that is stored, newest last. */
  readonly events: NostrEvent[] = [];
  /** The filters of each REQ that arrived. */
  readonly requests: Filter[][] = [];
  /** Kinds that are stored and never sent. */
  readonly hidden = new Set<number>();
  /** Keys that proved themselves. */
  readonly proven: string[] = [];
  readonly #live = new Set<Client>();

  private constructor(http: Server, verifier: EventVerifier, options: StrfryOptions) {
    this.#http = http;
    this.#verifier = verifier;
    this.#options = options;
    this.#sockets = new WebSocketServer({ server: http, maxPayload: 131_072 });
    this.#sockets.on("connection", (socket) => this.#serve(socket));
    http.on("request", (_request, response) => response.writeHead(404).end());
  }

  static async start(options: StrfryOptions = {}): Promise<StrfryLike> {
    const http = createServer();
    const relay = new StrfryLike(http, await createVerifier(), options);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", () => resolve()));
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/`;
  }

  /** Takes an event as if a client had sent it. */
  store(event: NostrEvent): void {
    if (this.events.some(({ id }) => id === event.id)) return;
    const replaced = placeOf(event);
    if (replaced !== null) {
      const at = this.events.findIndex((each) => placeOf(each) === replaced);
      if (at >= 0) this.events.splice(at, 1);
    }
    this.events.push(event);
    if (this.#options.push === false) return;
    for (const client of this.#live) client.tell(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  #serve(socket: WebSocket): void {
    const client = new Client(socket);
    this.#live.add(client);
    socket.on("error", () => {});
    socket.on("close", () => this.#live.delete(client));
    if (this.#options.auth) client.send("AUTH", client.challenge);
    socket.on("message", (data) => this.#message(client, String(data)));
  }

  #message(client: Client, text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return client.send("NOTICE", "ERROR: bad msg: unparseable message");
    }
    const [type, ...rest] = message as unknown[];
    if (type === "EVENT") this.#event(client, rest[0]);
    else if (type === "AUTH") this.#auth(client, rest[0]);
    else if (type === "REQ") this.#request(client, String(rest[0]), rest.slice(1) as Filter[]);
    else if (type === "CLOSE") client.subscriptions.delete(String(rest[0]));
    else client.send("NOTICE", "ERROR: bad msg: unknown cmd");
  }

  #event(client: Client, value: unknown): void {
    const id = String((value as NostrEvent)?.id);
    if (this.#options.auth && client.proven === null) {
      return client.send("OK", id, false, "auth-required: event publishing requires auth");
    }
    const event = this.#checked(value);
    if (event === null) return client.send("OK", id, false, "invalid: bad signature");
    client.send("OK", id, true, "");
    this.store(event);
  }

  #auth(client: Client, value: unknown): void {
    const event = this.#checked(value);
    const tag = (name: string) => event?.tags.find(([key]) => key === name)?.[1];
    const good = event !== null && event.kind === 22242 && tag("challenge") === client.challenge &&
      tag("relay") === this.url;
    const id = String((value as NostrEvent)?.id);
    if (!good) return client.send("OK", id, false, "error: auth event is not for this connection");
    client.proven = event.pubkey;
    this.proven.push(event.pubkey);
    client.send("OK", id, true, "successfully authenticated");
  }

  #request(client: Client, subscription: string, filters: Filter[]): void {
    if (this.#options.auth && client.proven === null) {
      return client.send("CLOSED", subscription, "ERROR: auth-required: only for members");
    }
    if (client.subscriptions.size >= (this.#options.maxSubscriptions ?? 200)) {
      return client.send("NOTICE", "ERROR: too many concurrent REQs");
    }
    this.requests.push(filters);
    const newest = this.events.toSorted((a, b) =>
      b.created_at - a.created_at || (a.id < b.id ? -1 : 1)
    );
    const told = new Set<string>();
    for (const filter of filters) {
      const page = Math.min(this.#options.page ?? 500, Number(filter.limit ?? Infinity));
      const shown = newest.filter((event) =>
        !this.hidden.has(event.kind) && matches(filter, event)
      );
      const found = shown.slice(0, page);
      for (const event of found) {
        if (told.has(event.id)) continue;
        told.add(event.id);
        client.send("EVENT", subscription, event);
      }
    }
    client.send("EOSE", subscription);
    client.subscriptions.set(subscription, filters);
  }

  #checked(value: unknown): NostrEvent | null {
    try {
      const event = parseEvent(value);
      return this.#verifier.verify(event) === "ok" ? event : null;
    } catch {
      return null;
    }
  }
}

class Client {
  readonly subscriptions = new Map<string, readonly Filter[]>();
  readonly challenge = crypto.randomUUID();
  proven: string | null = null;

  constructor(readonly socket: WebSocket) {}

  send(...message: unknown[]): void {
    this.socket.send(JSON.stringify(message));
  }

  tell(event: NostrEvent): void {
    for (const [subscription, filters] of this.subscriptions) {
      if (filters.some((filter) => matches(filter, event))) {
        this.send("EVENT", subscription, event);
      }
    }
  }
}

function matches(filter: Filter, event: NostrEvent): boolean {
  return Object.entries(filter).every(([key, wanted]) => {
    const list = wanted as readonly unknown[];
    if (key === "ids") return list.includes(event.id);
    if (key === "authors") return list.includes(event.pubkey);
    if (key === "kinds") return list.includes(event.kind);
    if (key === "since") return event.created_at >= Number(wanted);
    if (key === "until") return event.created_at <= Number(wanted);
    if (key === "limit") return true;
    return event.tags.some(([name, value]) => `#${name}` === key && list.includes(value));
  });
}

/** The key under which a later event replaces an earlier one; null if all events are kept. */
function placeOf({ kind, pubkey, tags }: NostrEvent): string | null {
  if (kind === 0 || kind === 3 || kind >= 10_000 && kind < 20_000) return `${kind}:${pubkey}`;
  if (kind < 30_000 || kind >= 40_000) return null;
  return `${kind}:${pubkey}:${tags.find(([name]) => name === "d")?.[1] ?? ""}`;
}
