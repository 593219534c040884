/**
 * Accepts the connections of a blob server and serves their requests one after the other.
 *
 * Held: `maxConnections` connections, at most `maxConnectionsPerAddress` of one address; further ones are closed at once. Each has one
 * buffer of 256 KiB. Every request is checked before its body is read.
 *
 * @module
 */
import { addressGroup } from "../../base/address_group.ts";
import type { Log } from "../../base/log/log.ts";
import { hostAndPort } from "../../base/urls.ts";
import {
  ConnectionEnded,
  ConnectionStalled,
  HttpConnection,
  type Pace,
} from "../http/http_connection.ts";
import { HttpHeadError, parseRequestHead, type RequestHead } from "../http/http_head.ts";
import { type Answer, answerHead, refusal } from "./answer.ts";

/** Where a door listens, and what it holds. */
interface DoorOptions {
  readonly hostname: string;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits: Pace & {
    readonly maxConnections: number;
    readonly maxConnectionsPerAddress: number;
    readonly requestMs: number;
  };
  readonly log?: Log;
}

/** Answers one request. The body of a refused request is not read. */
type Answers = (head: RequestHead, connection: HttpConnection) => Promise<Answer>;

/** The most requests of one connection. */
const MAX_REQUESTS = 10_000;
const ACCEPT_PAUSE_MS = 100;

/** An open door. */
export class HttpDoor {
  /** The address on which it listens: `http://host:port`, or `https://`. */
  readonly url: string;
  readonly #options: DoorOptions;
  readonly #listener: Deno.Listener;
  readonly #connections = new Set<HttpConnection>();
  readonly #byAddress = new Map<string, number>();

  /** Listens. Throws if the address is not free. {@link serve} begins to accept. */
  constructor(options: DoorOptions) {
    this.#options = options;
    const { hostname, port, tls } = options;
    this.#listener = tls === undefined
      ? Deno.listen({ hostname, port })
      : Deno.listenTls({ hostname, port, ...tls });
    const host = hostAndPort(hostname, (this.#listener.addr as Deno.NetAddr).port);
    this.url = `${tls === undefined ? "http" : "https"}://${host}`;
  }

  /** Number of connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Closes the listener and all connections. */
  close(): void {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
  }

  /** Accepts connections until the door is closed. */
  async serve(answers: Answers): Promise<void> {
    for (;;) {
      let conn: Deno.Conn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
          return;
        }
        // Too many open files, or a failed handshake. The next connection may succeed.
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
        continue;
      }
      const address = addressGroup((conn.remoteAddr as Deno.NetAddr).hostname ?? "");
      const ofAddress = this.#byAddress.get(address) ?? 0;
      const { maxConnections, maxConnectionsPerAddress } = this.#options.limits;
      if (this.#connections.size >= maxConnections || ofAddress >= maxConnectionsPerAddress) {
        conn.close();
        continue;
      }
      this.#byAddress.set(address, ofAddress + 1);
      const connection = new HttpConnection(conn, this.#options.limits);
      this.#connections.add(connection);
      void this.#serve(connection, answers).finally(() => {
        connection.close();
        this.#connections.delete(connection);
        const left = this.#byAddress.get(address)! - 1;
        if (left === 0) this.#byAddress.delete(address);
        else this.#byAddress.set(address, left);
      });
    }
  }

  /** Serves requests one after the other until one end closes the connection. */
  async #serve(connection: HttpConnection, answers: Answers): Promise<void> {
    let begun = false;
    try {
      for (let served = 0; served < MAX_REQUESTS; served++) {
        const bytes = await connection.head(this.#options.limits.requestMs);
        if (bytes === null) return;
        const head = parseRequestHead(bytes);
        const answer = await answers(head, connection);
        const goesOn = head.keepAlive && !answer.closes && served < MAX_REQUESTS - 1;
        begun = true;
        await send(connection, answer, head.method === "HEAD", goesOn);
        if (!goesOn) return;
        begun = false;
      }
    } catch (error) {
      if (error instanceof HttpHeadError) {
        await send(connection, refusal(400, error.message), false, false).catch(() => undefined);
      } else if (!(error instanceof ConnectionStalled || error instanceof ConnectionEnded)) {
        this.#options.log?.("error", "blob request failed", { reason: String(error) });
        // A second answer would be read as the rest of the first answer's body, so the connection is closed before the body's end.
        if (begun) return;
        await send(connection, refusal(500, "the server failed"), false, false)
          .catch(() => undefined);
      }
    }
  }
}

async function send(
  connection: HttpConnection,
  answer: Answer,
  headOnly: boolean,
  goesOn: boolean,
): Promise<void> {
  try {
    await connection.write(answerHead(answer, goesOn));
    if (!headOnly && answer.body !== null) await connection.writeAll(answer.body());
  } finally {
    answer.end?.();
  }
}
