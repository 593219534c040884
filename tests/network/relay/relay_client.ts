/** A bare WebSocket client that reads a relay's messages one by one. */
import WebSocket from "ws";

// deno-lint-ignore no-explicit-any
type Message = any[];

/** The client. `using` cuts it. */
export class RelayClient {
  readonly #socket: WebSocket;
  readonly #messages: Message[] = [];
  #wake: (() => void) | null = null;
  #ended: string | null = null;
  readonly closed: Promise<string>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("message", (data) => {
      this.#messages.push(JSON.parse(String(data)));
      this.#wake?.();
    });
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => {
        this.#ended = `${code} ${reason}`;
        this.#wake?.();
        resolve(this.#ended);
      })
    );
  }

  static async connect(url: string): Promise<RelayClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const client = new RelayClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    return client;
  }

  send(...message: unknown[]): void {
    this.#socket.send(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Resolves at the next ping, to which the socket answers. */
  pinged(): Promise<void> {
    return new Promise((resolve) => this.#socket.once("ping", () => resolve()));
  }

  async next(): Promise<Message> {
    while (this.#messages.length === 0) {
      if (this.#ended !== null) throw new Error(`closed: ${this.#ended}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#messages.shift()!;
  }

  /** Events up to EOSE of one request. */
  async stored(id: string, ...filters: unknown[]): Promise<Message[]> {
    this.send("REQ", id, ...filters);
    const events: Message[] = [];
    while (true) {
      const message = await this.next();
      if (message[0] === "EOSE" && message[1] === id) return events;
      if (message[0] !== "EVENT") throw new Error(JSON.stringify(message));
      events.push(message[2]);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
