/**
 * Callers of the control socket that leave, flood it or do not read. control_test.ts runs these cases as it does
 * control_cases.ts.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { controlClient } from "../../../home/control/control_client.ts";
import { coded, framed, path, raw, served } from "./control_served.ts";

const malformed: readonly { name: string; bytes: Uint8Array; code: string }[] = [
  { name: "a length above the limit", bytes: framed("", 0xffffffff), code: "too_large" },
  {
    name: "an HTTP request",
    bytes: new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
    code: "too_large",
  },
  { name: "no JSON", bytes: framed("hello"), code: "bad_frame" },
  { name: "a JSON array", bytes: framed("[1]"), code: "bad_frame" },
  { name: "no UTF-8", bytes: framed(new Uint8Array([0x22, 0xff, 0x22])), code: "bad_frame" },
  { name: "a request without an id", bytes: framed('{"method":"ping"}'), code: "bad_frame" },
];

for (const { name, bytes, code } of malformed) {
  Deno.test(`serveControl() answers ${name} with ${code} and serves the others`, async () => {
    await served({ ping: () => "pong" }, async (client) => {
      assert.match(await raw(bytes), new RegExp(`"code":"${code}"`));
      assert.equal(await client.call("ping"), "pong");
    });
  });
}

Deno.test("serveControl() drops a caller that leaves inside a message and serves the others", async () => {
  await served({ ping: () => "pong" }, async (client) => {
    assert.equal(await raw(framed('{"id":1', 100)), "");
    assert.equal(await client.call("ping"), "pong");
  });
});

Deno.test("serveControl() refuses the 65th call and goes on with the others", async () => {
  const gate = Promise.withResolvers<string>();
  let started = 0;
  const all = Promise.withResolvers<void>();
  await served({
    wait: () => {
      if (++started === 64) all.resolve();
      return gate.promise;
    },
  }, async (client) => {
    const calls = Array.from({ length: 64 }, () => client.call("wait"));
    await all.promise;
    await assert.rejects(client.call("wait"), coded("busy"));
    gate.resolve("done");
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["done"]));
  });
});

Deno.test("serveControl() lets a caller in beside 64 who never ask for anything, and ends no call for it", async () => {
  const gate = Promise.withResolvers<string>();
  const started = Promise.withResolvers<void>();
  await served({
    ping: () => "pong",
    wait: () => {
      started.resolve();
      return gate.promise;
    },
  }, async (client) => {
    const waiting = client.call("wait");
    await started.promise;
    const half = await Promise.all(Array.from({ length: 70 }, async () => {
      const socket = await Deno.connect({ transport: "unix", path });
      await socket.write(framed('{"id":1', 100)).catch(() => {});
      return socket;
    }));
    const late = await controlClient(path);
    assert.equal(await late.call("ping"), "pong");
    late.close();
    for (const socket of half) socket.close();
    gate.resolve("done");
    assert.equal(await waiting, "done");
  });
});

Deno.test("serveControl() does not read who does not read its refusals", async () => {
  await served({ ping: () => "pong", wait: () => new Promise(() => {}) }, async (client) => {
    const flood = await Deno.connect({ transport: "unix", path });
    const frames = Array.from(
      { length: 30_000 },
      (_, id) => framed(`{"id":${id},"method":"wait"}`),
    );
    const bytes = Buffer.concat(frames);
    let sent = 0;
    const writing = (async () => {
      while (sent < bytes.length) sent += await flood.write(bytes.subarray(sent, sent + 4_096));
    })().catch(() => {});
    // The server is at rest when it serves others and reads nothing more from this client.
    for (let still = 0, before = -1; still < 50; still = sent === before ? still + 1 : 0) {
      before = sent;
      assert.equal(await client.call("ping"), "pong");
    }
    assert.ok(sent < bytes.length, "all was read");
    flood.close();
    await writing;
  });
});

Deno.test("serveControl() refuses the 65th caller while 64 wait for an answer", async () => {
  const gate = Promise.withResolvers<string>();
  const all = Promise.withResolvers<void>();
  let started = 0;
  await served({
    wait: () => {
      if (++started === 64) all.resolve();
      return gate.promise;
    },
  }, async (client) => {
    const more = await Promise.all(Array.from({ length: 63 }, () => controlClient(path)));
    const calls = [client, ...more].map((each) => each.call("wait"));
    await all.promise;
    const late = await controlClient(path);
    await assert.rejects(late.call("wait"), coded("busy"));
    late.close();
    gate.resolve("done");
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["done"]));
    for (const each of more) each.close();
  });
});
