import assert from "node:assert/strict";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { ScriptedRelay } from "./scripted_relay.ts";
import { until } from "../../until.ts";
import { deliveriesOf, rig, signed } from "./relay_session_rig.ts";

Deno.test("subscribe() gives TOON text and JSON objects as their exact bytes, then EOSE", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const read = deliveriesOf(at.session.subscribe([{ kinds: [5050] }]));
  const connection = await relay.connection();
  const [, id, filter] = await connection.next("REQ");
  assert.deepEqual(filter, { kinds: [5050] });
  const toon = `id: ${"a".repeat(64)}\nkind: 5050\ncontent: "x\\ny"\ncreated_at: 12`;
  const json = `{ "kind" : 5050,\t"created_at": 13, "content":"\\u00e9 ü" }`;
  connection.send("EVENT", id, toon);
  connection.sendText(`["EVENT",${JSON.stringify(id)} , ${json} ]`);
  connection.send("EOSE", id);
  connection.send("EVENT", id, toon);
  assert.deepEqual(await read.next(), {
    type: "document",
    bytes: new TextEncoder().encode(toon),
    encoding: "toon",
    createdAtS: 12,
    stored: true,
  });
  assert.deepEqual(await read.next(), {
    type: "document",
    bytes: new TextEncoder().encode(json),
    encoding: "json",
    createdAtS: 13,
    stored: true,
  });
  assert.deepEqual(await read.next(), { type: "eose", assumed: false });
  assert.equal((await read.next() as { stored: boolean }).stored, false);
});

Deno.test("a session comes back with 1, 2, 4 ... 30 s between attempts and 10 % jitter, and says so", async () => {
  const probe = await ScriptedRelay.start();
  const { port, url } = probe;
  await probe.close();
  let random = 0.5;
  using at = rig(url, { random: () => random });
  const waits = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  for (const wait of waits) {
    await at.time.scheduled(wait);
    assert.equal(at.session.status().state, "offline");
    assert.equal(at.session.status().retryAtMs, at.time.nowMs + wait);
    at.time.advance(wait);
  }
  random = 0;
  await at.time.scheduled(27_000);
  await using relay = await ScriptedRelay.start(port);
  at.time.advance(27_000);
  await relay.connection();
  while (at.session.status().state !== "connected") await new Promise((r) => setImmediate(r));
  assert.equal(at.statuses.at(-1)?.state, "connected");
  assert.equal(at.counters.reconnects, waits.length + 1);
});

Deno.test("a session takes some messages for subscriptions that are closed, and leaves a relay that does not stop sending them", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { limits: { maxUnasked: 3 } });
  at.session.subscribe([{ kinds: [1] }]);
  const connection = await relay.connection();
  await connection.next("REQ");
  const send = async (count: number, counted: number) => {
    for (let n = 0; n < count; n++) connection.send("EVENT", "closed", { kind: 1 });
    await until(() => at.counters.unexpected === counted, 60_000);
  };
  await send(3, 3);
  at.time.advance(10_001);
  await send(3, 6);
  assert.equal(at.session.status().state, "connected");
  await send(1, 7);
  await connection.closed;
  const { state, reason } = at.session.status();
  assert.deepEqual([state, reason], ["offline", "it sends what was not asked for"]);
  // The longest wait, with its jitter.
  assert.ok(at.session.status().retryAtMs! - at.time.nowMs >= 27_000);
});

Deno.test("a session leaves a relay that floods it with NOTICE or AUTH, and logs few of its notices", async () => {
  for (const type of ["NOTICE", "AUTH"]) {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url, { limits: { maxUnasked: 100 } });
    at.session.subscribe([{ kinds: [1] }]);
    const connection = await relay.connection();
    await connection.next("REQ");
    for (let n = 0; n < 101; n++) connection.send(type, `${n}`);
    await connection.closed;
    assert.equal(at.session.status().reason, "it sends what was not asked for", type);
    assert.equal(
      at.logged.filter((msg) => msg === "relay notice").length,
      type === "NOTICE" ? 20 : 0,
    );
  }
});

Deno.test("a full queue pauses the socket and loses nothing", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { limits: { queueEvents: 8 } });
  const subscription = at.session.subscribe([{ kinds: [1] }]);
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  const pad = "x".repeat(20_000);
  connection.send("EOSE", id);
  for (let n = 0; n < 500; n++) connection.send("EVENT", id, { kind: 1, n, content: pad });
  await at.time.scheduled(10_000 /* held */);
  const read = deliveriesOf(subscription);
  assert.equal((await read.next())?.type, "eose");
  for (let n = 0; n < 500; n++) assert.match(await read.document(), new RegExp(`"n":${n},`));
  assert.equal(at.counters.overflows, undefined);
});

Deno.test("a full queue is closed and asked for again when it is held too long", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { limits: { queueEvents: 8 } });
  const subscription = at.session.subscribe([{ kinds: [1] }], { overlapS: 1, settledAtS: 100 });
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EOSE", id);
  for (let n = 0; n < 9; n++) connection.send("EVENT", id, { kind: 1, created_at: 200 + n });
  await at.time.scheduled(10_000);
  at.time.advance(10_000);
  assert.deepEqual(await connection.next("CLOSE"), ["CLOSE", id]);
  connection.send("EVENT", id, { kind: 1, content: "dropped" });
  subscription.settledTo(150);
  const read = deliveriesOf(subscription);
  assert.equal((await read.next())?.type, "eose");
  const [, again, filter] = await connection.next("REQ");
  assert.deepEqual(filter, { kinds: [1], since: 149 });
  connection.send("EVENT", again, { kind: 1, content: "again" });
  let last = "";
  while (!last.includes("again")) {
    last = await read.document();
    assert.doesNotMatch(last, /dropped/);
  }
  assert.equal(at.counters.overflows, 1);
});

Deno.test("a full queue closes the socket at once when an answer is awaited", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { limits: { queueEvents: 4 } });
  at.session.subscribe([{ kinds: [1] }]);
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  for (let n = 0; n < 5; n++) connection.send("EVENT", id, { kind: 1 });
  await at.time.scheduled(10_000);
  const event = signed("hello");
  const published = at.session.publish(event);
  assert.deepEqual(await connection.next("EVENT"), ["EVENT", event]);
  assert.deepEqual(await connection.next("CLOSE"), ["CLOSE", id]);
  connection.send("OK", event.id, true, "");
  assert.equal((await published).outcome, "accepted");
});

Deno.test("subscribe() errors on a final CLOSED and asks again after a passing one", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("CLOSED", id, "rate-limited: slow down");
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const [, again] = await connection.next("REQ");
  connection.send("CLOSED", again, "restricted: not for you");
  await assert.rejects(() => read.next(), {
    name: "RelayError",
    code: "closed_by_relay",
    prefix: "restricted",
  });
});

Deno.test("a session drops false events and continues", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { limits: { maxEventBytes: 1_000 } });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  for (
    const garbage of [
      "",
      "not json",
      "{}",
      "[]",
      '["EVENT"]',
      '["EVENT",5,{}]',
      `["EVENT","${id}",[]]`,
      '["OK","x"]',
      '["WHAT","x"]',
      "[".repeat(50_000),
    ]
  ) connection.sendText(garbage);
  connection.sendBytes(new Uint8Array([0, 1, 2]));
  connection.send("NOTICE", "careful");
  connection.send("EVENT", id, { kind: 1, content: "x".repeat(2_000) });
  connection.send("EVENT", "nobody", { kind: 1 });
  connection.send("EVENT", id, { kind: 1, content: "good" });
  assert.match(await read.document(), /good/);
  assert.equal(at.counters.malformed, 11);
  assert.equal(at.counters.oversized, 1);
  assert.equal(at.counters.unexpected, 1);
  assert.equal(at.counters.notices, 1);
  assert.equal(at.session.status().state, "connected");
});

for (
  const { name, provoke } of [
    { name: "32 unreadable messages in a row", provoke: "garbage" },
    { name: "a frame over the limit", provoke: "huge" },
    { name: "no answer to a ping", provoke: "silence" },
  ]
) {
  Deno.test(`a session leaves a connection with ${name} and comes back`, async () => {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url, { limits: { maxFrameBytes: 100_000 } });
    at.session.subscribe([{ kinds: [1] }]);
    const connection = await relay.connection();
    const [, id] = await connection.next("REQ");
    if (provoke === "garbage") { for (let n = 0; n < 32; n++) connection.sendText("?"); }
    if (provoke === "huge") connection.send("EVENT", id, { content: "x".repeat(200_000) });
    if (provoke === "silence") at.time.advance(60_000);
    await connection.closed;
    await at.time.scheduled(1_000);
    assert.equal(at.session.status().state, "offline");
    at.time.advance(1_000);
    await (await relay.connection()).next("REQ");
  });
}

Deno.test("information() is the NIP-11 document, or null when there is none that can be read", async () => {
  await using relay = await ScriptedRelay.start();
  const cases = [
    { status: 200, body: '{"name":"r","limitation":{"max_subscriptions":20}}', name: "r" },
    { status: 200, body: "<html>", name: undefined },
    { status: 404, body: "", name: undefined },
    { status: 200, body: JSON.stringify({ name: "x".repeat(70_000) }), name: undefined },
  ];
  for (const { status, body, name } of cases) {
    relay.information = { status, body };
    using at = rig(relay.url);
    const information = await at.session.information();
    assert.equal(information?.name, name);
  }
});

Deno.test("openRelaySession() refuses addresses that are not safe", () => {
  for (
    const [url, code] of [
      ["ws://relay.example/", "insecure_url"],
      ["ws://127.0.0.1.example/", "insecure_url"],
      ["http://127.0.0.1/", "bad_url"],
      ["wss://user:secret@relay.example/", "bad_url"],
      ["relay", "bad_url"],
    ]
  ) {
    assert.throws(() => openRelaySession({ url: url! }), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

Deno.test("close() ends streams and tells those who wait", async () => {
  await using relay = await ScriptedRelay.start();
  const at = rig(relay.url);
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  await connection.next("REQ");
  const published = at.session.publish(signed("x"));
  at.session.close();
  assert.equal(await read.next(), null);
  await assert.rejects(published, { code: "session_closed" });
  await assert.rejects(at.session.publish(signed("y")), { code: "session_closed" });
  await connection.closed;
  assert.equal(at.session.status().state, "closed");
  assert.deepEqual(at.time.pendingMs, []);
});
