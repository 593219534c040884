/** The relay that the attacks on it share, and the client that is served meanwhile. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import {
  type RelayServer,
  type RelayServerOptions,
  startRelayServer,
} from "../../../network/relay/relay_server.ts";
import { RelayClient } from "./relay_client.ts";

export const identity = {
  name: "r",
  description: "",
  pubkey: "a".repeat(64),
  ilpAddress: "g.dev.relay",
  priceUnitsPerByte: 10n,
  asset: { code: "M2M", scale: 6 },
  version: "0",
};

export function start(options: Partial<RelayServerOptions> = {}): Promise<RelayServer> {
  return startRelayServer({ file: ":memory:", identity, write: "ilp", ...options });
}

export async function stillServes(relay: RelayServer): Promise<void> {
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("alive", { limit: 0 }), []);
}

export async function dialed(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

export const utf8 = (text: string) => Buffer.from(text);
export const REQ = utf8('["REQ","s",{}]');
