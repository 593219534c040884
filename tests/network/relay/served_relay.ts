/** A relay of a test, and events that it is given. */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import {
  type RelayServer,
  type RelayServerOptions,
  startRelayServer,
} from "../../../network/relay/relay_server.ts";
import { event, json } from "./signed_events.ts";

export const NOW_S = Math.floor(Date.now() / 1_000);
export const identity: RelayServerOptions["identity"] = {
  name: "test relay",
  description: "for tests",
  pubkey: event().pubkey,
  ilpAddress: "g.dev.relay",
  priceUnitsPerByte: 10n,
  asset: { code: "M2M", scale: 6 },
  version: "0.0.0",
};

export function start(options: Partial<RelayServerOptions> = {}): Promise<RelayServer> {
  return startRelayServer({ file: ":memory:", identity, write: "ilp", ...options });
}

export async function write(relay: RelayServer, ...events: NostrEvent[]): Promise<void> {
  for (const each of events) assert.equal((await relay.write(json(each))).result, "stored");
}

export const ids = (events: unknown[]) => events.map((each) => (each as NostrEvent).id);
