/** A relay that sends exactly the messages of a test, over a real WebSocket on a free port. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** Values that are waited for one by one, in order. */
class Inbox<T> {
  #items: T[] = [];
  #waiting: ((item: T) => void)[] = [];

  put(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.#items.push(item);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    return item === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(item);
  }

  get size(): number {
    return this.#items.length;
  }
}

// deno-lint-ignore no-explicit-any
type Message = any[];

/** One client as the scripted relay sees it. */
export class ScriptedConnection {
  readonly messages = new Inbox<Message>();
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("message", (data) => this.messages.put(JSON.parse(String(data))));
    this.closed = new Promise((resolve) => socket.on("close", () => resolve()));
  }

  /** The next message, which must be of that type. */
  async next(type: string): Promise<Message> {
    const message = await this.messages.next();
    if (message[0] !== type) throw new Error(`expected ${type}, got ${JSON.stringify(message)}`);
    return message;
  }

  send(...message: unknown[]): void {
    this.#socket.send(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Whether everything sent was taken by the client's side. */
  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  cut(): void {
    this.#socket.terminate();
  }
}

/** The relay. `await using` closes it. */
export class ScriptedRelay {
  readonly connections = new Inbox<ScriptedConnection>();
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  /** What a GET is answered with. */
  information: { status: number; body: string } = { status: 404, body: "" };

  private constructor(http: Server) {
    this.#http = http;
    this.#http.on("request", (_request, response) => {
      response.writeHead(this.information.status).end(this.information.body);
    });
    this.#sockets = new WebSocketServer({ server: http, perMessageDeflate: false, autoPong: true });
    this.#sockets.on(
      "connection",
      (socket) => this.connections.put(new ScriptedConnection(socket)),
    );
  }

  static async start(port = 0): Promise<ScriptedRelay> {
    const http = createServer();
    const relay = new ScriptedRelay(http);
    await new Promise<void>((resolve, reject) => {
      http.once("error", reject);
      http.listen(port, "127.0.0.1", () => resolve());
    });
    return relay;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  connection(): Promise<ScriptedConnection> {
    return this.connections.next();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A clock that only a test moves. */
export class ManualTime {
  nowMs = 1_700_000_000_000;
  #next = 1;
  readonly #timers = new Map<number, { atMs: number; run: () => void }>();
  #watchers: { test: () => boolean; resolve: () => void }[] = [];

  readonly clock = (): number => this.nowMs;
  readonly timers = {
    now: (): number => this.nowMs,
    after: (ms: number, run: () => void) => {
      const id = this.#next++;
      this.#timers.set(id, { atMs: this.nowMs + ms, run });
      this.#look();
      return () => {
        this.#timers.delete(id);
      };
    },
  };

  /** When the timers that are set come due, from now. */
  get pendingMs(): number[] {
    return [...this.#timers.values()].map(({ atMs }) => atMs - this.nowMs).sort((a, b) => a - b);
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (true) {
      const due = [...this.#timers].filter(([, { atMs }]) => atMs <= untilMs)
        .sort((a, b) => a[1].atMs - b[1].atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.nowMs = due[1].atMs;
      due[1].run();
    }
    this.nowMs = untilMs;
  }

  /** Resolves when a timer is due in so many milliseconds. */
  scheduled(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push({ test: () => this.pendingMs.includes(ms), resolve });
      this.#look();
    });
  }

  #look(): void {
    this.#watchers = this.#watchers.filter(({ test, resolve }) => {
      if (!test()) return true;
      resolve();
      return false;
    });
  }
}
