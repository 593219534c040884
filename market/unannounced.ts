/**
 * The stand-in for the announcement of a provider that was named by its key and has none.
 *
 * @module
 */
import type { Announcement } from "./announcement.ts";

/** An announcement without any statement, dated now. */
export function unannounced(pubkey: string, nowS: number): Announcement {
  return {
    pubkey,
    createdAtS: nowS,
    expiresAtS: nowS,
    prices: [],
    unpriced: [],
    offline: false,
    tags: [],
    platform: null,
    sandbox: null,
    builds: [],
    ilpAddress: null,
    name: "",
    about: "",
  };
}
