/**
 * A provider that is asked by its key alone.
 *
 * @module
 */
import type { Announcement } from "./announcement.ts";

/** What is known of it: nothing, and that it is asked now. */
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
