/**
 * What a server on the loopback address checks of a request before it answers: other users of the machine, and web pages in a browser,
 * reach it too.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";

/** Names by which a client of this machine asks. A page that gave its own name this address (DNS rebinding) uses another. */
const HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/** Whether the request names this machine as its host, and comes from no other origin than that. */
export function asksThisMachine(headers: Pick<Headers, "get">): boolean {
  const host = headers.get("host") ?? "";
  const origin = headers.get("origin");
  return HOST.test(host) && (origin === null || origin === `http://${host}`);
}

/** Whether two texts are equal; how long it takes says nothing of where they differ. */
export function sameText(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => new TextEncoder().encode(text));
  return a.length === b.length && timingSafeEqual(a, b);
}
