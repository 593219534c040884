/**
 * The opening handshake of a WebSocket client (RFC 6455, 4): its request, and the answer that it accepts.
 *
 * @module
 */
import { sha1 } from "@noble/hashes/legacy.js";
import { readHead } from "../http/head.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The request for this address. `key` is 16 random bytes in base64. */
export function upgradeRequest(url: URL, key: string): string {
  return [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    "\r\n",
  ].join("\r\n");
}

/** An accepted answer. */
interface Upgraded {
  /** Its `Date` header. */
  readonly date: string | undefined;
  /** The bytes after its head, which are the first of the frames. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the server's answer, from all of its bytes so far. Returns null while its head is incomplete.
 *
 * @throws {Error} if the head is too long, refuses, redirects, or is no answer to `key`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { upgraded } from "./handshake.ts";
 *
 * const answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
 *   "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"; // RFC 6455, 1.3
 * assert.equal(upgraded(new TextEncoder().encode(answer), "dGhlIHNhbXBsZSBub25jZQ==")?.rest.length, 0);
 * assert.throws(() => upgraded(new TextEncoder().encode(answer), "AAAAAAAAAAAAAAAAAAAAAA=="), /Accept/);
 * ```
 */
export function upgraded(bytes: Uint8Array<ArrayBuffer>, key: string): Upgraded | null {
  const head = readHead(bytes);
  if (head === null) return null;
  const { status, headers, rest } = head;
  if (status !== 101) throw new Error(`Unexpected server response: ${status}`);
  const words = (name: string) => (headers.get(name) ?? "").toLowerCase().split(/\s*,\s*/);
  if (
    headers.get("upgrade")?.toLowerCase() !== "websocket" ||
    !words("connection").includes("upgrade")
  ) {
    throw new Error("Invalid Upgrade header");
  }
  const accept = sha1(new TextEncoder().encode(key + GUID)).toBase64();
  if (headers.get("sec-websocket-accept") !== accept) {
    throw new Error("Invalid Sec-WebSocket-Accept header");
  }
  for (const name of ["sec-websocket-extensions", "sec-websocket-protocol"]) {
    if (headers.has(name)) throw new Error(`Unexpected header ${name}: nothing was asked for`);
  }
  return { date: headers.get("date"), rest };
}
