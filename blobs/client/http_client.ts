/**
 * Requests to blob servers over connections that this module opens itself. So the request goes to the address that was checked, and no
 * redirect is followed.
 *
 * Held: at most `MAX_IDLE` idle connections to each server, each with a buffer of 256 KiB.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { BlobTransferError } from "../blob_transfer_error.ts";
import {
  ConnectionEnded,
  ConnectionStalled,
  HttpConnection,
  type Pace,
} from "../http/http_connection.ts";
import {
  contentLength,
  type HttpFields,
  HttpHeadError,
  parseResponseHead,
} from "../http/http_head.ts";

/** An address to connect to. */
interface Address {
  readonly hostname: string;
  readonly port: number;
  /** Checks the address of the connected server before the first byte. Throws BlobTransferError. */
  readonly check?: (address: string) => void;
}

/** Gives the address to connect to: the URL's own host, or the address to which its name was resolved. May reject with BlobTransferError. */
export type AddressOf = (url: URL) => Address | Promise<Address>;

/** A request. */
interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: { readonly length: number; readonly pieces: () => AsyncIterable<Uint8Array> };
  /** How long the answer to a body may take. Default: as long as the peer may be idle. */
  readonly answerMs?: number;
}

/** An answer. Its body is read next, or dropped by disposing the answer. */
export interface HttpAnswer extends AsyncDisposable {
  readonly status: number;
  readonly fields: HttpFields;
  /** Null if the server does not say. */
  readonly length: number | null;
  /** The body in pieces, each valid until the next one. It can be read once. */
  readonly body: () => AsyncIterable<Uint8Array>;
}

/** Long enough for a distant server, but not for one that sends single bytes. */
const PACE: Pace = { idleMs: 20_000, leastBytesPerSecond: 4_096, graceMs: 20_000 };
/** For servers that strangers choose: an hour for a file of 225 MiB. */
export const STRANGERS_PACE: Pace = { ...PACE, leastBytesPerSecond: 65_536 };
const CONNECT_MS = 15_000;
const MAX_IDLE = 8;
/** How long to wait for `100 Continue` before the body is sent. */
const CONTINUE_MS = 2_000;
const LONGEST_UPLOAD_MS = 6 * 3_600_000;

/** A client with a pool of connections. See the module. */
export class HttpClient {
  readonly #addressOf: AddressOf;
  readonly #pace: Pace;
  readonly #idle = new Map<string, HttpConnection[]>();

  /** Makes a client without connections. */
  constructor(addressOf: AddressOf = ownAddress, pace: Pace = PACE) {
    this.#addressOf = addressOf;
    this.#pace = pace;
  }

  /**
   * Sends a request and reads the head of its answer. Rejects with BlobTransferError `unreachable`, `stalled`, `malformed_answer`,
   * `redirected`.
   */
  async send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(request.url);
    signal?.throwIfAborted();
    const reused = this.#idle.get(url.origin)?.pop();
    // The server may have closed an idle connection. Then a request without a body is sent once more.
    if (reused !== undefined && request.body === undefined) {
      try {
        return await this.#exchange(request, url, reused, signal);
      } catch (error) {
        if (!(error instanceof BlobTransferError) || error.code !== "unreachable") throw error;
      }
    } else reused?.close();
    return await this.#exchange(request, url, await this.#connect(url, signal), signal);
  }

  /** Closes idle connections. */
  close(): void {
    for (const connection of [...this.#idle.values()].flat()) connection.close();
    this.#idle.clear();
  }

  async #connect(url: URL, signal?: AbortSignal): Promise<HttpConnection> {
    const address = await this.#addressOf(url);
    const limit = AbortSignal.any([AbortSignal.timeout(CONNECT_MS), ...signal ? [signal] : []]);
    try {
      const { hostname: to, port, check } = address;
      const tcp = await Deno.connect({ hostname: to, port, signal: limit });
      try {
        check?.((tcp.remoteAddr as Deno.NetAddr).hostname);
      } catch (error) {
        tcp.close();
        throw error;
      }
      tcp.setNoDelay(true);
      if (url.protocol === "http:") return new HttpConnection(tcp, this.#pace);
      const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
      const tls = await Deno.startTls(tcp, { hostname, alpnProtocols: ["http/1.1"] });
      await within(tls.handshake(), limit, () => tls.close());
      return new HttpConnection(tls, this.#pace);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof BlobTransferError) throw cause;
      if (cause instanceof Deno.errors.NotCapable) {
        throw new BlobTransferError("refused", `${url.host} is not this network's blob server`);
      }
      throw new BlobTransferError(
        "unreachable",
        `${url.host} cannot be reached: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }

  async #exchange(
    request: HttpRequest,
    url: URL,
    connection: HttpConnection,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    const abort = () => connection.close();
    signal?.addEventListener("abort", abort, { once: true });
    const finish = (goesOn: boolean) => {
      signal?.removeEventListener("abort", abort);
      const idle = this.#idle.get(url.origin) ?? [];
      if (!goesOn || connection.closed || idle.length >= MAX_IDLE) return connection.close();
      this.#idle.set(url.origin, [...idle, connection]);
    };
    try {
      const { head, bodySent } = await exchangeHeads(request, url, connection, this.#pace);
      const length = contentLength(head.fields);
      if (head.status >= 300 && head.status < 400) {
        throw new BlobTransferError(
          "redirected",
          `${url.host} redirects elsewhere, which is not followed`,
        );
      }
      const none = request.method === "HEAD" || head.status === 204;
      const state = { read: none || length === 0 };
      return {
        status: head.status,
        fields: head.fields,
        length: none ? length : length,
        body: () => guarded(bodyOf(connection, head.fields, length, state, none), url, signal),
        [Symbol.asyncDispose]: () => {
          finish(state.read && bodySent && head.keepAlive);
          return Promise.resolve();
        },
      };
    } catch (error) {
      finish(false);
      throw told(error, url, signal);
    }
  }
}

/** The address in the URL itself. */
function ownAddress({ hostname, port, protocol }: URL): Address {
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
  };
}

async function exchangeHeads(
  { method, fields = {}, body, answerMs }: HttpRequest,
  url: URL,
  connection: HttpConnection,
  pace: Pace,
) {
  let text = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n` +
    "user-agent: crosstown\r\naccept: */*\r\n";
  for (const [name, value] of Object.entries(fields)) text += `${name}: ${value}\r\n`;
  // So a server can refuse before the body is sent.
  if (body !== undefined) text += `content-length: ${body.length}\r\nexpect: 100-continue\r\n`;
  await connection.write(new TextEncoder().encode(`${text}\r\n`));
  if (body === undefined) return { head: await headOf(connection, pace.idleMs), bodySent: true };
  // The answer is read while the body is written, because a server may refuse at any time. A server that ignores the question waits for the
  // body.
  const first = headOf(connection, LONGEST_UPLOAD_MS);
  const waited = new Promise<null>((resolve) => setTimeout(() => resolve(null), CONTINUE_MS));
  let head = await Promise.race([first, waited]);
  let bodySent = body.length === 0;
  if (head === null || head.status === 100) {
    const next = head === null ? first : null;
    next?.catch(() => undefined);
    await connection.writeAll(body.pieces());
    bodySent = true;
    const withinMs = answerMs ?? pace.idleMs;
    head = await (next ?? headOf(connection, withinMs));
    while (head.status < 200) head = await headOf(connection, withinMs);
  }
  return { head, bodySent };
}

async function headOf(connection: HttpConnection, withinMs: number) {
  const bytes = await connection.head(withinMs);
  if (bytes === null) throw new ConnectionEnded("the server ended the connection");
  return parseResponseHead(bytes);
}

async function* bodyOf(
  connection: HttpConnection,
  fields: HttpFields,
  length: number | null,
  state: { read: boolean },
  none: boolean,
): AsyncGenerator<Uint8Array> {
  if (none) return;
  const coding = fields.get("transfer-encoding")?.toLowerCase();
  if (fields.has("content-encoding")) throw new HttpHeadError("the body is encoded");
  if (coding === undefined && length !== null) yield* connection.body(length);
  else if (coding === undefined) return yield* connection.rest();
  else if (coding !== "chunked") throw new HttpHeadError(`transfer-encoding ${coding} is not read`);
  else yield* chunked(connection);
  state.read = true;
}

async function* chunked(connection: HttpConnection): AsyncGenerator<Uint8Array> {
  for (;;) {
    const size = /^([0-9a-fA-F]{1,10})(?:;.*)?$/.exec(await connection.line())?.[1];
    if (size === undefined) throw new HttpHeadError("a chunk's size is no number");
    if (parseInt(size, 16) === 0) break;
    yield* connection.body(parseInt(size, 16));
    if (await connection.line() !== "") throw new HttpHeadError("a chunk does not end");
  }
  for (let lines = 0; await connection.line() !== ""; lines++) {
    if (lines > 16) throw new HttpHeadError("too many trailer lines");
  }
}

async function* guarded(
  body: AsyncIterable<Uint8Array>,
  url: URL,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw told(error, url, signal);
  }
}

/** The error as one of this module's class. */
function told(error: unknown, url: URL, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof ConnectionStalled) {
    return new BlobTransferError("stalled", `${url.host} sends or takes nothing`, { cause: error });
  }
  if (error instanceof ConnectionEnded) {
    return new BlobTransferError("unreachable", `${url.host} ended the connection`, {
      cause: error,
    });
  }
  if (error instanceof HttpHeadError) {
    return new BlobTransferError("malformed_answer", `${url.host}: ${error.message}`, {
      cause: error,
    });
  }
  return error;
}

async function within<T>(work: Promise<T>, signal: AbortSignal, end: () => void): Promise<T> {
  signal.addEventListener("abort", end, { once: true });
  try {
    return await work;
  } finally {
    signal.removeEventListener("abort", end);
  }
}
