/**
 * The checks of a server on the loopback address before it answers a request, because other users of the machine and web pages in a browser
 * can reach it too.
 *
 * @module
 */
import { nodeCrypto } from "./node_modules.ts";

/**
 * Host names that a client on this machine uses. A page that makes its own name resolve to this address (DNS rebinding) sends another one.
 */
const HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/** Whether the request names this machine as its host, and has no other origin. */
export function asksThisMachine(headers: Pick<Headers, "get">): boolean {
  const host = headers.get("host") ?? "";
  const origin = headers.get("origin");
  return HOST.test(host) && (origin === null || origin === `http://${host}`);
}

/** Whether two texts are equal. The time that it takes does not show where they differ. */
export function sameText(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => new TextEncoder().encode(text));
  return a.length === b.length && nodeCrypto().timingSafeEqual(a, b);
}
