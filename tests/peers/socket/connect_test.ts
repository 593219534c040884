/** A connector whose name leads to this machine: it is asked for nothing. */
import assert from "node:assert/strict";
import { WebSocketServer } from "ws";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ClientSocket } from "../../../peers/socket/client_socket.ts";

/** Connects, and returns how that ended. */
function outcome(url: string, publicOnly: boolean): Promise<string> {
  const socket = new ClientSocket(url, { maxPayload: 1_024, handshakeTimeout: 10_000, publicOnly });
  return new Promise<string>((resolve) => {
    socket.on("open", () => resolve("open"));
    socket.on("error", (error: Error) => resolve(error.message));
  }).finally(() => socket.terminate());
}

Deno.test("openConnection() sends no request to a host whose name resolves to this machine", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  let requests = 0;
  (server as unknown as { _server: Server })._server.on("upgrade", () => requests++);
  const { port } = server.address() as AddressInfo;
  try {
    for (const host of ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"]) {
      assert.match(
        await outcome(`ws://${host}:${port}/`, true),
        /not on the public internet|refused/,
        host,
      );
    }
    assert.equal(requests, 0);
    assert.equal(await outcome(`ws://127.0.0.1:${port}/`, false), "open");
    assert.equal(requests, 1);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
