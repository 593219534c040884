/**
 * One connection of a job to its proxy: one request, then the bytes of both sides until one of them ends.
 *
 * Held: a head of 16 KiB, and 64 KiB of each side that were read and not yet written to the other. The connection waits for a slow side,
 * until no byte was sent for `idleMs`.
 *
 * @module
 */
import type { Target } from "./allowed_hosts.ts";
import {
  MAX_HEAD_BYTES,
  parseRequestHead,
  type ProxyRequest,
  RequestRefusal,
} from "./request_head.ts";

/** What serving a connection needs. */
interface ConnectionService {
  /** Connects to the target. Throws RequestRefusal. */
  readonly open: (target: Target) => Promise<Deno.TcpConn>;
  /** Called before bytes are passed on. Throws RequestRefusal if there are too many. */
  readonly count: (direction: "in" | "out", bytes: number) => void;
  /** The longest time for a head, and the longest time without a byte, in milliseconds. */
  readonly times: { readonly headMs: number; readonly idleMs: number };
}

/** Serves a connection to its end. Never throws. Returns false if the request was refused. */
export async function serveConnection(
  client: Deno.Conn,
  service: ConnectionService,
): Promise<boolean> {
  let upstream: Deno.TcpConn | null = null;
  // When this is true, an error message of ours would look like data of the other side.
  let answered = false;
  const close = () => {
    for (const each of [client, upstream]) {
      try {
        each?.close();
      } catch { /* it is closed */ }
    }
  };
  let timer = setTimeout(close, service.times.headMs);
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(close, service.times.idleMs);
  };
  try {
    const { request, rest } = await readHead(client);
    clearTimeout(timer);
    upstream = await service.open(request.target);
    touch();
    const pass = async (to: Deno.Conn, bytes: Uint8Array, direction: "in" | "out") => {
      service.count(direction, bytes.length);
      touch();
      answered ||= direction === "in";
      await writeAll(to, bytes);
    };
    if (request.type === "tunnel") {
      answered = true;
      await writeAll(
        client,
        new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"),
      );
    } else await pass(upstream, request.head, "out");
    const out = outward(client, upstream, request, rest, pass);
    const back = inward(upstream, client, pass);
    const both = Promise.all([out, back]);
    // After the whole answer, it does not matter whether the job still sends.
    await (request.type === "plain" ? Promise.race([both, back]) : both);
    return true;
  } catch (error) {
    if (error instanceof RequestRefusal && !answered) await refuse(client, error);
    return !(error instanceof RequestRefusal);
  } finally {
    clearTimeout(timer);
    close();
  }
}

type Pass = (to: Deno.Conn, bytes: Uint8Array, direction: "in" | "out") => Promise<void>;

async function outward(
  client: Deno.Conn,
  upstream: Deno.TcpConn,
  request: ProxyRequest,
  rest: Uint8Array,
  pass: Pass,
): Promise<void> {
  let left = request.type === "tunnel" ? Infinity : request.bodyBytes;
  const first = rest.subarray(0, Math.min(rest.length, left));
  if (first.length > 0) await pass(upstream, first, "out");
  left -= first.length;
  const buffer = new Uint8Array(65_536);
  while (left > 0) {
    const n = await client.read(buffer);
    if (n === null) break;
    const part = buffer.subarray(0, Math.min(n, left));
    left -= part.length;
    await pass(upstream, part, "out");
  }
  if (request.type === "tunnel") await upstream.closeWrite();
}

async function inward(upstream: Deno.TcpConn, client: Deno.Conn, pass: Pass): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let n = await upstream.read(buffer); n !== null; n = await upstream.read(buffer)) {
    await pass(client, buffer.subarray(0, n), "in");
  }
  await client.closeWrite();
}

async function readHead(
  client: Deno.Conn,
): Promise<{ readonly request: ProxyRequest; readonly rest: Uint8Array }> {
  const held = new Uint8Array(MAX_HEAD_BYTES);
  let length = 0;
  while (length < held.length) {
    const n = await client.read(held.subarray(length));
    if (n === null) throw new RequestRefusal(400, "the request ended before its head was complete");
    const from = Math.max(0, length - 3);
    length += n;
    const end = emptyLine(held.subarray(0, length), from);
    if (end >= 0) {
      return {
        request: parseRequestHead(held.subarray(0, end)),
        rest: held.slice(end + 4, length),
      };
    }
  }
  throw new RequestRefusal(431, `the head is longer than ${MAX_HEAD_BYTES} bytes`);
}

function emptyLine(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 3 < bytes.length; at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) {
      return at;
    }
  }
  return -1;
}

async function refuse(client: Deno.Conn, { status, message }: RequestRefusal): Promise<void> {
  const text = `crosstown: ${message}\n`;
  const head = [
    `HTTP/1.1 ${status} Refused`,
    "Content-Type: text/plain",
    `Content-Length: ${new TextEncoder().encode(text).length}`,
    "Connection: close",
  ].join("\r\n");
  await writeAll(client, new TextEncoder().encode(`${head}\r\n\r\n${text}`)).catch(() => undefined);
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
