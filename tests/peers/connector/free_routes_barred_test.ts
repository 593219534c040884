/** Packets of amount 0 where a connector is barred. */
import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { wireOf } from "../../../protocols/wires/wires.ts";
import { freeRoutes } from "../../../peers/connector/free_routes.ts";

Deno.test("freeRoutes() opens no session with a connector that is barred, and says why", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      connections++;
      connection.close();
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  const host = `127.0.0.1:${port}`;
  const east = { url: `btp+ws://${host}`, auth: null, reaches: ["g.east"], host };
  using packets = freeRoutes([east], wireOf("interledger"), {
    timers: systemTimers,
    random: Math.random,
    log: () => {},
  }, () => Promise.resolve("its terms expired"));
  const packet = {
    destination: "g.east.bob",
    data: new Uint8Array(1),
    condition: new Uint8Array(32),
  };
  await assert.rejects(packets.send(packet, new AbortController().signal), /its terms expired/);
  const far = { ...packet, destination: "g.west" };
  await assert.rejects(packets.send(far, new AbortController().signal), /no connector reaches/);
  await packets.prepare();
  assert.equal(connections, 0);
  listener.close();
  await accepting;
});

Deno.test("freeRoutes() opens the session with its first connector, and with no other, before the first packet", async () => {
  const counted = () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const dialed = Promise.withResolvers<void>();
    let connections = 0;
    const accepting = (async () => {
      for await (const connection of listener) {
        connections++;
        dialed.resolve();
        connection.close();
      }
    })();
    const host = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
    return {
      connector: { url: `btp+ws://${host}`, auth: null, reaches: ["g"], host },
      dialed: dialed.promise,
      connections: () => connections,
      async [Symbol.asyncDispose]() {
        listener.close();
        await accepting;
      },
    };
  };
  await using first = counted();
  await using second = counted();
  using packets = freeRoutes([first.connector, second.connector], wireOf("interledger"), {
    timers: systemTimers,
    random: Math.random,
    log: () => {},
  });
  assert.equal(first.connections(), 0);
  await packets.prepare();
  await first.dialed;
  assert.equal(second.connections(), 0);
});
