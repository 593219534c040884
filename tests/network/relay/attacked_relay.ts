/** How a relay is attacked, and the client that is served meanwhile. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import type { RelayServer } from "../../../network/relay/relay_server.ts";
import { RelayClient } from "./relay_client.ts";

/** Another client is answered. */
export async function stillServes(relay: RelayServer): Promise<void> {
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("alive", { limit: 0 }), []);
}

/** A connection that says nothing yet. */
export async function dialed(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

export const utf8 = (text: string) => Buffer.from(text);
export const REQ = utf8('["REQ","s",{}]');
