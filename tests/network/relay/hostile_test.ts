/** Attacks on the relay. During every attack, another client is served. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { deflateRawSync } from "node:zlib";
import WebSocket from "ws";
import type { Verdict } from "../../../protocols/nostr/verifier.ts";
import { until } from "../../until.ts";
import { ManualTimers } from "../door/manual_timers.ts";
import { frame, RawSocket } from "./raw_socket.ts";
import { RelayClient } from "./relay_client.ts";
import { event, json } from "./signed_events.ts";
import { dialed, REQ, stillServes, utf8 } from "./attacked_relay.ts";
import { start } from "./served_relay.ts";

Deno.test("relay server reads frames however they are cut", async () => {
  await using relay = await start();
  const whole = [
    frame(REQ.subarray(0, 5), { fin: false }),
    frame(utf8("ping"), { opcode: 9 }),
    frame(REQ.subarray(5, 6), { opcode: 0, fin: false }),
    frame(REQ.subarray(6), { opcode: 0 }),
  ];
  using raw = await RawSocket.open(relay.port);
  for (const byte of Buffer.concat(whole)) {
    raw.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await raw.next(), "ping");
  assert.equal(await raw.next(), '["EOSE","s"]');
});

Deno.test("relay server closes the connection after an invalid frame", async (t) => {
  await using relay = await start({ limits: { maxMessageBytes: 100_000 } });
  const bomb = deflateRawSync(Buffer.alloc(10_000_000, 0x20));
  const cases: { name: string; frames: Buffer[]; code: number }[] = [
    { name: "a compressed bomb", frames: [frame(bomb, { rsv1: true })], code: 1002 },
    { name: "invalid UTF-8", frames: [frame(Buffer.of(0x5b, 0xff, 0x5d))], code: 1007 },
    { name: "UTF-8 cut in a character", frames: [frame(Buffer.of(0xe2, 0x82))], code: 1007 },
    { name: "no mask", frames: [frame(REQ, { masked: false })], code: 1002 },
    { name: "an unknown opcode", frames: [frame(REQ, { opcode: 5 })], code: 1002 },
    { name: "a continuation of nothing", frames: [frame(REQ, { opcode: 0 })], code: 1002 },
    {
      name: "more fragments than a message may have bytes",
      frames: Array.from(
        { length: 11 },
        (_, n) => frame(Buffer.alloc(10_000, 0x20), { opcode: n === 0 ? 1 : 0, fin: false }),
      ),
      code: 1009,
    },
  ];
  for (const { name, frames, code } of cases) {
    await t.step(name, async () => {
      using raw = await RawSocket.open(relay.port);
      for (const each of frames) raw.write(each);
      assert.equal(await raw.next(), code);
      await stillServes(relay);
    });
  }
});

Deno.test("relay server bounds what filters and subscriptions cost", async (t) => {
  await using relay = await start({ limits: { maxFilterValues: 3_000 } });
  await t.step("a list with 1,001 values", async () => {
    using client = await RelayClient.connect(relay.url);
    client.send("REQ", "s", { kinds: Array(1_001).fill(1) });
    assert.match((await client.next())[2], /^invalid: .*1000/);
  });
  await t.step("eleven tag conditions", async () => {
    using client = await RelayClient.connect(relay.url);
    const tags = [..."abcdefghijk"].map((letter) => [`#${letter}`, ["x"]]);
    client.send("REQ", "s", Object.fromEntries(tags));
    assert.match((await client.next())[2], /^invalid: /);
  });
  await t.step("a filter with a key twice", async () => {
    using client = await RelayClient.connect(relay.url);
    client.sendText('["REQ","s",{"limit":1,"limit":500}]');
    assert.match((await client.next())[2], /^invalid: /);
  });
  await t.step(
    "more values in all than a connection may hold, and room again after CLOSE",
    async () => {
      using client = await RelayClient.connect(relay.url);
      const filter = { "#t": Array.from({ length: 1_000 }, (_, n) => String(n)) };
      for (const id of ["a", "b", "c"]) await client.stored(id, filter);
      client.send("REQ", "d", filter);
      assert.deepEqual(await client.next(), ["CLOSED", "d", "error: too many values in filters"]);
      client.send("CLOSE", "a");
      await client.stored("d", filter);
    },
  );
  await t.step("a COUNT with more values than a connection may hold", async () => {
    using client = await RelayClient.connect(relay.url);
    const filter = { "#t": Array.from({ length: 1_000 }, (_, n) => String(n)) };
    client.send("COUNT", "c", filter, filter, filter, filter);
    assert.deepEqual(await client.next(), ["CLOSED", "c", "error: too many values in filters"]);
  });
  await t.step("a flood of subscriptions", async () => {
    using client = await RelayClient.connect(relay.url);
    for (let n = 0; n < 500; n++) client.send("REQ", `s${n}`, { limit: 0 });
    const types: Record<string, number> = {};
    for (let n = 0; n < 200 + 300 * 2; n++) {
      const [type] = await client.next();
      types[type] = (types[type] ?? 0) + 1;
    }
    assert.deepEqual(types, { EOSE: 200, CLOSED: 300, NOTICE: 300 });
  });
  await stillServes(relay);
});

Deno.test("relay server refuses an event with 10,000 tags before it looks at its signature", async () => {
  await using relay = await start({ limits: { maxEventBytes: 200_000 } });
  const tags = Array.from({ length: 10_000 }, (_, n) => ["t", String(n)]);
  const one = { ...event({ tags }), sig: "0".repeat(128) };
  assert.equal((await relay.write(json(one))).code, "too_many_tags");
  assert.equal(relay.status().verified, 0);
});

Deno.test("relay server says why it drops a connection: CLOSED for what was open, NOTICE, then the close frame", async () => {
  await using relay = await start({ limits: { maxMessagesPerSecond: 1 }, clock: () => 5_000 });
  using client = await RelayClient.connect(relay.url);
  await client.stored("s", { limit: 0 });
  for (let n = 0; n < 10; n++) client.send("CLOSE", "x");
  assert.deepEqual(await client.next(), ["CLOSED", "s", "error: too many messages"]);
  assert.deepEqual(await client.next(), ["NOTICE", "error: too many messages"]);
  assert.equal(await client.closed, "1008 too many messages");
  assert.deepEqual(relay.status().droppedByReason, { "too many messages": 1 });
  assert.equal(relay.status().subscriptions, 0);
});

Deno.test("relay server counts connections by address", async () => {
  await using relay = await start({ limits: { maxConnectionsPerAddress: 1 } });
  using first = await RelayClient.connect(relay.url);
  using second = await RelayClient.connect(relay.url);
  assert.equal(await second.closed, "1013 max connections of one address");
  assert.deepEqual(await first.stored("s", {}), []);
  assert.equal(relay.status().connections, 1);
  first[Symbol.dispose]();
  await first.closed;
  await until(() => relay.status().connections === 0);
  await stillServes(relay);
});

Deno.test("relay server serves while 200 half requests are open, and holds no more of them than its limit", async () => {
  await using relay = await start({ limits: { maxPending: 16, maxPendingPerAddress: 8 } });
  const half = await Promise.all(Array.from({ length: 200 }, () => dialed(relay.port)));
  for (const socket of half) socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
  await stillServes(relay);
  const { pendingConnections } = relay.status();
  assert.ok(pendingConnections <= 8, `${pendingConnections} connections are pending`);
  for (const socket of half) socket.destroy();
});

Deno.test("relay server holds no more connections that it refused than those without a request", async () => {
  await using relay = await start({
    limits: { maxConnections: 1, maxPending: 4, closeGraceMs: 600_000 },
  });
  using _first = await RelayClient.connect(relay.url);
  // None of them answers the close frame.
  const refused = [];
  for (let n = 0; n < 20; n++) refused.push(await RawSocket.open(relay.port));
  assert.ok(relay.status().pendingConnections <= 4);
  for (const raw of refused) raw[Symbol.dispose]();
});

Deno.test("relay server cuts a connection that answers no ping, and keeps one that does", async () => {
  const timers = new ManualTimers();
  await using relay = await start({ after: (ms, task) => timers.after(ms, task) });
  using quick = await RelayClient.connect(relay.url);
  const deaf = new WebSocket(relay.url, { autoPong: false });
  await new Promise((resolve) => deaf.once("open", resolve));
  const cut = new Promise((resolve) => deaf.once("close", resolve));
  for (let pings = 1; pings <= 3; pings++) {
    const pinged = [quick.pinged(), ...pings === 1 ? [once(deaf, "ping")] : []];
    timers.advance(60_000);
    await Promise.all(pinged);
    // What is answered to this comes after the pong.
    assert.deepEqual(await quick.stored("s", {}), []);
    assert.equal(relay.status().connections, pings === 1 ? 2 : 1);
  }
  await cut;
});

Deno.test("relay server stops reading from a client with too many events waiting for OK", async () => {
  let settle = () => {};
  const gate = new Promise<void>((resolve) => settle = resolve);
  await using relay = await start({
    write: "nostr",
    limits: { maxPendingEvents: 2 },
    verify: async (events) => {
      await gate;
      return events.map((): Verdict => "ok");
    },
  });
  using client = await RelayClient.connect(relay.url);
  const events = Array.from({ length: 200 }, (_, n) => event({ content: "x".repeat(30_000) + n }));
  for (const each of events) client.send("EVENT", each);
  // Others are served meanwhile, and the relay reads no more of the flood than a socket's buffers hold.
  for (let n = 0; n < 5; n++) await stillServes(relay);
  assert.ok(relay.status().received < 60, `${relay.status().received} messages were read`);
  settle();
  for (const { id } of events) assert.deepEqual(await client.next(), ["OK", id, true, ""]);
});

Deno.test("relay server answers others while it counts and searches for one connection", async (t) => {
  // Each read of this clock takes six milliseconds: one window of an index fills a turn.
  let nowMs = Date.now();
  await using relay = await start({
    clock: () => nowMs += 6,
    verify: (events) => Promise.resolve(events.map((): Verdict => "ok")),
  });
  const tags = [["t", "popular"]];
  for (let n = 0; n < 600; n++) await relay.write(json(event({ tags, content: String(n) })));
  const filters = Array(10).fill({ "#t": ["popular"] });
  for (const [question, answer] of [["COUNT", "COUNT"], ["REQ", "EOSE"]]) {
    await t.step(question, async () => {
      using busy = await RelayClient.connect(relay.url);
      using other = await RelayClient.connect(relay.url);
      const order: string[] = [];
      busy.send(question, "long", ...filters);
      const long = (async () => {
        while ((await busy.next())[0] !== answer);
        order.push("long");
      })();
      await other.stored("s", { ids: ["a".repeat(64)] });
      order.push("short");
      await long;
      assert.deepEqual(order, ["short", "long"]);
    });
  }
});

Deno.test("relay server answers `error:` when the verifier fails, and stores nothing", async () => {
  await using relay = await start({
    write: "nostr",
    verify: () => Promise.reject(new Error("gone")),
  });
  using client = await RelayClient.connect(relay.url);
  const one = event();
  client.send("EVENT", one);
  assert.deepEqual(await client.next(), [
    "OK",
    one.id,
    false,
    "error: the event could not be stored",
  ]);
  await assert.rejects(relay.write(json(one)), /gone/);
  assert.equal(relay.status().events, 0);
});

Deno.test("relay server answers others in between what one connection asks at once", async () => {
  // Each read of this clock takes six milliseconds: a few requests fill a turn.
  let nowMs = Date.now();
  await using relay = await start({ clock: () => nowMs += 6 });
  using flood = await RawSocket.open(relay.port);
  using other = await RelayClient.connect(relay.url);
  const asked = 500;
  const frames = Array.from(
    { length: asked },
    (_, n) => frame(utf8(`["COUNT","${n}",{"kinds":[1]}]`)),
  );
  flood.write(Buffer.concat(frames));
  const answered: string[] = [];
  const flooded = (async () => {
    for (let n = 0; n < asked; n++) answered.push(JSON.parse(String(await flood.next()))[1]);
  })();
  while (answered.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await other.stored("s", { limit: 0 }), []);
  assert.ok(answered.length < asked / 2, `${answered.length} were answered before`);
  await flooded;
  assert.deepEqual(answered, Array.from({ length: asked }, (_, n) => `${n}`), "each, in order");
});
