/**
 * Makes the connection of a client: TCP, the check of the address, TLS; and the opening handshake of a WebSocket.
 *
 * @module
 */
import { isPublicAddress } from "../../base/public_address.ts";
import { MAX_HEAD_BYTES } from "../../protocols/http/head.ts";
import { upgraded, upgradeRequest } from "../../protocols/websocket/handshake.ts";

/** How it connects. */
export interface ConnectOptions {
  /**
   * True if only an address of the public internet is connected. A host that a stranger named is checked when it is connected, because its
   * name may resolve to another address each time. The other side gets no byte before the check.
   */
  readonly publicOnly?: boolean;
}

/** A connection after the handshake. */
interface Opened {
  readonly connection: Deno.Conn;
  /** The `Date` header of the answer. */
  readonly date: string | undefined;
  /** The first bytes of the frames. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/** Connects to a `ws:` or `wss:` address. Rejects if that fails, if the answer is not the expected one, and after `signal`. */
export async function openConnection(
  url: URL,
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<Opened> {
  const isSecure = url.protocol === "wss:";
  if (!isSecure && url.protocol !== "ws:") {
    throw new Error(`not a WebSocket address: ${url.protocol}`);
  }
  return await withConnection(url, { ...options, isSecure }, signal, async (connection) => {
    try {
      return { connection, ...await upgrade(connection, url) };
    } catch (error) {
      close(connection);
      throw error;
    }
  });
}

/**
 * Connects to the host of an address, and gives the connection to `use`, which closes it. It is closed, too, if `signal` aborts before
 * `use` has ended.
 */
export async function withConnection<Result>(
  url: URL,
  { publicOnly, isSecure }: ConnectOptions & { readonly isSecure: boolean },
  signal: AbortSignal,
  use: (connection: Deno.Conn) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? isSecure ? 443 : 80 : Number(url.port);
  let connection: Deno.TcpConn | Deno.TlsConn = await Deno.connect({ hostname, port, signal });
  const cut = () => close(connection);
  signal.addEventListener("abort", cut);
  try {
    try {
      // A request may have come before the listener.
      signal.throwIfAborted();
      if (publicOnly === true && !isPublicAddress(connection.remoteAddr.hostname)) {
        throw new Error("its host is not on the public internet");
      }
      // Frames are collected before they are written, so a write is not held back for the next one.
      connection.setNoDelay();
      if (isSecure) connection = await Deno.startTls(connection, { hostname });
    } catch (error) {
      close(connection);
      throw error;
    }
    return await use(connection);
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

/** Writes all of a text's bytes. */
export async function writeText(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function upgrade(connection: Deno.Conn, url: URL) {
  const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  await writeText(connection, upgradeRequest(url, key));
  return await readUntil(connection, (bytes) => upgraded(bytes, key));
}

/**
 * Reads until `parse` finds what it needs in all bytes so far.
 *
 * @throws {Error} if the connection ends before, or the head of the answer is too long
 */
export async function readUntil<Result>(
  connection: Deno.Conn,
  parse: (bytes: Uint8Array<ArrayBuffer>) => Result | null,
): Promise<Result> {
  // One byte above the limit, so that a longer head is noticed.
  const buffer = new Uint8Array(MAX_HEAD_BYTES + 5);
  for (let length = 0; length < buffer.length;) {
    const count = await connection.read(buffer.subarray(length));
    if (count === null) throw new Error("the connection ended before the answer");
    length += count;
    const found = parse(buffer.subarray(0, length));
    if (found !== null) return found;
  }
  throw new Error("The answer's head is too long");
}

/** Closes a connection that may be closed already. */
export function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
