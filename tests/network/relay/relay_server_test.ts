import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { WRITE_RESTRICTED } from "../../../network/relay/relay_server.ts";
import { until } from "../../until.ts";
import { RelayClient } from "./relay_client.ts";
import { event, json } from "./signed_events.ts";
import { identity, NOW_S, start, write } from "./served_relay.ts";

Deno.test("relay server gives stored events newest first, EOSE, then live ones", async () => {
  await using relay = await start();
  const old = event({ created_at: NOW_S - 10, content: "old" });
  const young = event({ created_at: NOW_S - 5, content: "young" });
  await write(relay, old, young);
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("s", { kinds: [1] }), [young, old]);
  const live = event({ created_at: NOW_S - 20, content: "live" });
  await write(relay, event({ kind: 7 }), live);
  assert.deepEqual(await client.next(), ["EVENT", "s", live]);
  client.send("CLOSE", "s");
  client.send("REQ", "t", { ids: [live.id] });
  assert.deepEqual(await client.next(), ["EVENT", "t", live]);
  assert.deepEqual(await client.next(), ["EOSE", "t"]);
  await write(relay, event({ content: "after CLOSE" }));
  client.send("PING");
  assert.deepEqual(await client.next(), ["NOTICE", "error: unknown message type: PING"]);
});

Deno.test("relay server reads by every filter field", async (t) => {
  await using relay = await start();
  const a = event({
    kind: 5050,
    created_at: NOW_S - 30,
    tags: [["t", "ci"], ["p", "b".repeat(64)]],
  });
  const b = event({ kind: 5601, created_at: NOW_S - 20, tags: [["t", "ci"], ["t", "linux"]] }, 2);
  const c = event({ kind: 6601, created_at: NOW_S - 10, tags: [["e", a.id], ["long", "ci"]] }, 3);
  await write(relay, a, b, c);
  using client = await RelayClient.connect(relay.url);
  const cases: { name: string; filters: unknown[]; expected: NostrEvent[] }[] = [
    { name: "everything", filters: [{}], expected: [c, b, a] },
    { name: "kinds", filters: [{ kinds: [5050, 6601] }], expected: [c, a] },
    { name: "ids", filters: [{ ids: [b.id] }], expected: [b] },
    { name: "authors", filters: [{ authors: [c.pubkey, a.pubkey] }], expected: [c, a] },
    { name: "#t", filters: [{ "#t": ["ci"] }], expected: [b, a] },
    { name: "#t any of", filters: [{ "#t": ["linux", "nothing"] }], expected: [b] },
    { name: "two tags, both", filters: [{ "#t": ["ci"], "#p": ["b".repeat(64)] }], expected: [a] },
    { name: "#e", filters: [{ "#e": [a.id] }], expected: [c] },
    { name: "since and until", filters: [{ since: NOW_S - 20, until: NOW_S - 20 }], expected: [b] },
    { name: "limit", filters: [{ limit: 2 }], expected: [c, b] },
    { name: "limit 0", filters: [{ limit: 0 }], expected: [] },
    { name: "no values", filters: [{ kinds: [] }], expected: [] },
    {
      name: "several",
      filters: [{ ids: [a.id] }, { kinds: [6601] }, { ids: [a.id] }],
      expected: [c, a],
    },
  ];
  for (const { name, filters, expected } of cases) {
    await t.step(name, async () => {
      assert.deepEqual(await client.stored("s", ...filters), expected);
    });
  }
});

Deno.test("relay server answers EVENT with restricted where writes are paid", async () => {
  await using relay = await start();
  using client = await RelayClient.connect(relay.url);
  const one = event({ content: "free?" });
  client.send("EVENT", one);
  assert.deepEqual(await client.next(), ["OK", one.id, false, WRITE_RESTRICTED]);
  assert.deepEqual(await client.stored("s", {}), []);
});

Deno.test("relay server in nostr mode takes EVENT after verifying it", async () => {
  await using relay = await start({ write: "nostr" });
  using client = await RelayClient.connect(relay.url);
  const good = event({ content: "good" });
  const cases: [unknown, boolean, RegExp][] = [
    [good, true, /^$/],
    [good, true, /^duplicate: /],
    [{ ...good, content: "changed" }, false, /^invalid: .*id/],
    [{ ...event({ content: "x" }), sig: good.sig }, false, /^invalid: .*signature/],
    [event({ created_at: NOW_S + 5_000 }), false, /^invalid: .*future/],
    [event({ tags: [["expiration", "1000"]] }), false, /^invalid: .*expired/],
    [{ ...good, kind: -1 }, false, /^invalid: /],
  ];
  for (const [sent, accepted, words] of cases) {
    client.send("EVENT", sent);
    const [type, id, ok, message] = await client.next();
    assert.deepEqual([type, id, ok], ["OK", (sent as NostrEvent).id, accepted]);
    assert.match(message, words);
  }
  client.send("EVENT", { id: "short" });
  assert.deepEqual(await client.next(), ["NOTICE", "error: invalid event"]);
});

Deno.test("write() takes TOON and JSON and refuses the rest, cheap checks first", async () => {
  const blocked = event({ content: "blocked" });
  await using relay = await start({
    blocked: { pubkeys: [event({}, 9).pubkey], eventIds: [blocked.id] },
  });
  const toon = event({ content: "toon", kind: 5050, tags: [["t", "x"]] });
  const good = event({ content: "json" });
  const bytes = (text: string) => new TextEncoder().encode(text);
  const cases: [string, Uint8Array, string][] = [
    ["TOON", encodeToon(toon, "1.4"), "stored"],
    ["the same as JSON", json(toon), "duplicate"],
    ["JSON", json(good), "stored"],
    ["empty", new Uint8Array(0), "malformed"],
    ["no TOON", bytes("}{"), "malformed"],
    ["not UTF-8", new Uint8Array([0xff, 0xfe, 0x3a]), "malformed"],
    ["deeply nested", bytes(`{"id":${"[".repeat(5_000)}`), "malformed"],
    ["duplicate keys", bytes(JSON.stringify(good).replace("{", '{"kind":1,')), "malformed"],
    ["a field missing", json({ ...good, sig: undefined }), "malformed"],
    ["65,537 bytes", new Uint8Array(65_537).fill(0x20), "too_large"],
    ["wrong id", json({ ...good, content: "other" }), "bad_id"],
    ["wrong signature", json({ ...event({ content: "z" }), sig: good.sig }), "bad_signature"],
    ["blocked author", json(event({}, 9)), "blocked"],
    ["blocked id", json(blocked), "blocked"],
    ["expired", json(event({ tags: [["expiration", String(NOW_S - 1)]] })), "expired"],
    ["malformed expiration", json(event({ tags: [["expiration", "soon"]] })), "stored"],
    ["from the future", json(event({ created_at: NOW_S + 1_000 })), "too_new"],
  ];
  for (const [name, raw, code] of cases) {
    const checked = await relay.check(raw);
    const result = await relay.write(raw);
    assert.equal(result.code, code, `${name}: ${result.message}`);
    assert.equal(checked.code, code === "stored" ? "new" : code, name);
  }
});

Deno.test("relay server reports a message that it could not read", async () => {
  await using relay = await start();
  using client = await RelayClient.connect(relay.url);
  const notices: [string, string][] = [
    ["{", "error: invalid JSON"],
    ["", "error: invalid JSON"],
    ["[[[", "error: invalid JSON"],
    [`["REQ","s",${'{"a":'.repeat(5_000)}`, "error: invalid JSON"],
    ["{}", "error: invalid message format, expected JSON array"],
    ["[]", "error: unknown message type: none"],
    ['["REQ",5,{}]', "error: the subscription id of REQ must be a string"],
    [`["REQ","${"x".repeat(65)}",{}]`, "error: invalid subscription id"],
    [`["CLOSE",""]`, "error: invalid subscription id"],
  ];
  for (const [sent, notice] of notices) {
    client.sendText(sent);
    assert.deepEqual(await client.next(), ["NOTICE", notice]);
  }
  const closed: [string, RegExp][] = [
    ['{"kinds":["1"]}', /^invalid: /],
    ['{"kinds":[1],"kinds":[2]}', /^invalid: /],
    ['{"search":"x"}', /^unsupported: /],
  ];
  for (const [filter, words] of closed) {
    client.sendText(`["REQ","s",${filter}]`);
    const [type, id, message] = await client.next();
    assert.deepEqual([type, id], ["CLOSED", "s"]);
    assert.match(message, words);
  }
  client.send("REQ", "many", ...Array.from({ length: 11 }, () => ({})));
  assert.deepEqual(await client.next(), ["CLOSED", "many", "error: too many filters"]);
  assert.deepEqual(await client.next(), ["NOTICE", "error: too many filters"]);
  for (let n = 0; n < 200; n++) await client.stored(`s${n}`, { limit: 0 });
  client.send("REQ", "one more", {});
  assert.deepEqual(await client.next(), ["CLOSED", "one more", "error: too many subscriptions"]);
  assert.deepEqual(await client.next(), ["NOTICE", "error: too many subscriptions"]);
  assert.deepEqual(await client.stored("s0", { limit: 0 }), []);
});

Deno.test("relay server closes a connection for a message over the limit, and refuses connections over theirs", async () => {
  await using relay = await start({ limits: { maxMessageBytes: 10_000, maxConnections: 2 } });
  using loud = await RelayClient.connect(relay.url);
  using quiet = await RelayClient.connect(relay.url);
  using third = await RelayClient.connect(relay.url);
  assert.equal(await third.closed, "1013 max connections reached");
  loud.sendText("x".repeat(10_001));
  assert.match(await loud.closed, /^1009/);
  assert.deepEqual(await quiet.stored("s", {}), []);
});

Deno.test("relay server drops a reader that sends too much", async () => {
  await using relay = await start({
    limits: { maxMessagesPerSecond: 1 },
    clock: () => NOW_S * 1_000,
  });
  using client = await RelayClient.connect(relay.url);
  for (let n = 0; n < 11; n++) client.send("CLOSE", "x");
  assert.equal(await client.closed, "1008 too many messages");
  assert.equal(relay.status().dropped, 1);
});

Deno.test("relay server drops a reader that is too slow, and the others continue", async () => {
  await using relay = await start({ limits: { maxBufferedBytes: 1_000_000 } });
  using slow = await RelayClient.connect(relay.url);
  using quick = await RelayClient.connect(relay.url);
  await slow.stored("s", { kinds: [1] });
  await quick.stored("s", { kinds: [1] });
  slow.pause();
  const content = "x".repeat(50_000);
  let sent = 0;
  while (relay.status().dropped === 0 && sent < 2_000) {
    const each = event({ content: content + sent++ });
    await write(relay, each);
    assert.equal((await quick.next())[2].id, each.id);
  }
  assert.equal(relay.status().dropped, 1);
  assert.equal(relay.status().connections, 1);
});

Deno.test("relay server gives stored events to a slow reader as it takes them, and drops one that takes nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/relay.db`;
    {
      await using relay = await start({ file, limits: { maxStallMs: 120_000 } });
      for (let n = 0; n < 300; n++) await write(relay, event({ content: "x".repeat(50_000) + n }));
      using patient = await RelayClient.connect(relay.url);
      assert.equal((await patient.stored("s", {})).length, 300);
      assert.equal(relay.status().dropped, 0);
    }
    await using relay = await start({ file, limits: { maxStallMs: 300 } });
    using stuck = await RelayClient.connect(relay.url);
    stuck.pause();
    stuck.send("REQ", "s", {});
    await until(() => relay.status().dropped > 0);
    assert.equal(relay.status().dropped, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("relay server's NIP-11 document names limits, payment and price", async () => {
  await using relay = await start();
  const response = await fetch(relay.url.replace("ws:", "http:"), {
    headers: { accept: "application/nostr+json" },
  });
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  const document = await response.json();
  assert.equal(document.pubkey, identity.pubkey);
  assert.equal(document.limitation.payment_required, true);
  assert.equal(document.limitation.max_subscriptions, 200);
  assert.deepEqual(document.crosstown, {
    ilp_address: "g.dev.relay",
    price_units_per_byte: "10",
    asset_code: "M2M",
    asset_scale: 6,
    max_event_bytes: 65_536,
  });
  const posted = await fetch(relay.url.replace("ws:", "http:"), { method: "POST", body: "x" });
  await posted.body?.cancel();
  assert.equal(posted.status, 405);
});

Deno.test("relay server with TOON delivery sends the stored TOON bytes as they came", async () => {
  await using relay = await start({ delivery: "toon" });
  const one = event({ kind: 5050, content: 'a: "b"\n', tags: [["t", "x"]] });
  const raw = encodeToon(one, "1.4");
  await relay.write(raw);
  const other = event({ created_at: NOW_S - 100, content: "came as JSON" });
  await relay.write(json(other));
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("s", {}), [
    new TextDecoder().decode(raw),
    new TextDecoder().decode(encodeToon(other, "1.4")),
  ]);
});
