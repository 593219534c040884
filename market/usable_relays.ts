/**
 * Which of the relays that a stranger names this home may connect to.
 *
 * @module
 */
import { isPublicHost } from "../base/public_address.ts";
import { isLoopback, isThisMachine } from "../base/urls.ts";
import type { RelayList } from "../protocols/nostr/relay_list.ts";

/** A name or an address. Other characters, such as `*`, would have a meaning in a worker's permissions. */
const IS_HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/** Two texts that a connection would use alike are one relay. */
export function isSameRelay(one: string, other: string): boolean {
  return new URL(one).href === new URL(other).href;
}

/**
 * Removes addresses that are not encrypted, that contain a user or password, or that are on this machine or in a private network: a
 * stranger could otherwise make this home connect to local programs and devices. If the home's own relay is on this machine, other
 * addresses on this machine are kept, but only without a path: a local program could take the path for a command.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { usableRelays } from "./usable_relays.ts";
 *
 * const read = ["wss://a.example", "ws://a.example", "wss://10.0.0.1", "wss://localhost:1", "ws://127.0.0.1:1"];
 * const of = (own: string) => usableRelays({ read, write: [] }, own).read;
 * assert.deepEqual(of("wss://own.example"), ["wss://a.example"]);
 * assert.deepEqual(of("ws://127.0.0.1:7"), ["wss://a.example", "wss://localhost:1", "ws://127.0.0.1:1"]);
 * ```
 */
export function usableRelays({ read, write }: RelayList, ownRelayUrl: string): RelayList {
  return { read: usableUrls(read, ownRelayUrl), write: usableUrls(write, ownRelayUrl) };
}

/** The same for addresses of one purpose, which must be URLs. */
export function usableUrls(urls: readonly string[], ownRelayUrl: string): string[] {
  const local = isThisMachine(new URL(ownRelayUrl).hostname);
  return urls.filter((url) => {
    const { protocol, hostname, username, password, pathname, search } = new URL(url);
    if (username !== "" || password !== "" || !IS_HOST.test(hostname)) return false;
    if (isThisMachine(hostname)) {
      if (pathname !== "/" || search !== "") return false;
      return local && (protocol === "wss:" || isLoopback(hostname));
    }
    return protocol === "wss:" && isPublicHost(hostname);
  });
}
