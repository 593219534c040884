/** Which sessions are opened for packets of amount 0, and when. */
import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { wireOf } from "../../../protocols/wires/wires.ts";
import { freeRoutes } from "../../../peers/connector/free_routes.ts";

/** A connector that closes every connection, and counts those of others. */
function counting(prefix: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  let connections = 0;
  let came = Promise.withResolvers<void>();
  const accepting = (async () => {
    for await (const connection of listener) {
      connections++;
      came.resolve();
      came = Promise.withResolvers();
      connection.close();
    }
  })();
  const host = `127.0.0.1:${port}`;
  return {
    connector: { url: `btp+ws://${host}`, auth: null, reaches: [prefix], host },
    until: () => connections > 0 ? Promise.resolve() : came.promise,
    /** The connections of others that came until several of our own had come, one after another. */
    async others() {
      const own = 5;
      for (let at = 0; at < own; at++) {
        const accepted = came.promise;
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        await accepted;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return connections - own;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
    },
  };
}

const DEPS = { timers: systemTimers, random: Math.random, log: () => {} };

Deno.test("freeRoutes() opens no session with a connector that is barred, and says why", async () => {
  await using east = counting("g.east");
  using packets = freeRoutes(
    [east.connector],
    wireOf("interledger"),
    DEPS,
    () => Promise.resolve("its terms expired"),
  );
  const packet = {
    destination: "g.east.bob",
    data: new Uint8Array(1),
    condition: new Uint8Array(32),
  };
  await assert.rejects(packets.send(packet, new AbortController().signal), /its terms expired/);
  const far = { ...packet, destination: "g.west" };
  await assert.rejects(packets.send(far, new AbortController().signal), /no connector reaches/);
  await packets.prepare();
  assert.equal(await east.others(), 0);
});

Deno.test("freeRoutes() opens the session with its first connector, and with no other, before the first packet", async () => {
  await using first = counting("g");
  await using second = counting("g");
  using packets = freeRoutes([first.connector, second.connector], wireOf("interledger"), DEPS);
  await packets.prepare();
  await first.until();
  assert.equal(await second.others(), 0);
});

Deno.test("freeRoutes() opens no session after its end, if the question whether it may comes back later", async () => {
  await using east = counting("g.east");
  const barred = Promise.withResolvers<null>();
  const packets = freeRoutes(
    [east.connector],
    wireOf("interledger"),
    DEPS,
    () => barred.promise,
  );
  const preparing = packets.prepare();
  packets[Symbol.dispose]();
  barred.resolve(null);
  await preparing;
  assert.equal(await east.others(), 0);
});
