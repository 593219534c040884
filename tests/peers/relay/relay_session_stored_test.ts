import assert from "node:assert/strict";
import { ManualTime, ScriptedRelay } from "./scripted_relay.ts";
import { deliveriesOf, rig } from "./relay_session_rig.ts";

Deno.test("subscribe() resumes from the last settled event less the overlap, without the first limit", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const filters = [{ kinds: [6050], since: 5, limit: 10 }];
  const subscription = at.session.subscribe(filters, { overlapS: 60 });
  const read = deliveriesOf(subscription);
  const first = await relay.connection();
  const [, id, asked] = await first.next("REQ");
  assert.deepEqual(asked, filters[0]);
  first.send("EOSE", id);
  first.send("EVENT", id, { kind: 6050, created_at: 1_000 });
  assert.deepEqual(await read.next(), { type: "eose", assumed: false });
  await read.document();
  subscription.settledTo(1_000);
  first.cut();
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const second = await relay.connection();
  const [, nextId, resumed] = await second.next("REQ");
  assert.deepEqual(resumed, { kinds: [6050], since: 940 });
  second.send("EVENT", id, { kind: 6050, content: "for the old id" });
  second.send("EVENT", nextId, { kind: 6050, content: "missed", created_at: 999 });
  assert.match(await read.document(), /missed/);
  assert.equal(at.counters.unexpected, 1);
});

Deno.test("subscribe() pages further back when a relay caps the stored events", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  for (let n = 0; n < 60; n++) connection.send("EVENT", id, { kind: 1, created_at: 1_000 - n });
  connection.send("EOSE", id);
  const [, page, filter] = await connection.next("REQ");
  assert.deepEqual(filter, { kinds: [1], until: 941 });
  for (let n = 59; n < 119; n++) connection.send("EVENT", page, { kind: 1, created_at: 1_000 - n });
  connection.send("EOSE", page);
  const [, last, rest] = await connection.next("REQ");
  assert.deepEqual(rest, { kinds: [1], until: 882 });
  assert.deepEqual(await connection.next("CLOSE"), ["CLOSE", page]);
  connection.send("EVENT", last, { kind: 1, created_at: 882 });
  connection.send("EOSE", last);
  let documents = 0;
  for (let next = await read.next(); next?.type === "document"; next = await read.next()) {
    documents++;
  }
  assert.equal(documents, 121);
});

Deno.test("query() reads to EOSE", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const bounds = { timeoutMs: 5_000, maxEvents: 10, maxBytes: 10_000 };
  const result = at.session.query([{ ids: ["a".repeat(64)] }], bounds);
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EVENT", id, { kind: 1 });
  connection.send("EOSE", id);
  const { documents, ended } = await result;
  assert.equal(ended, "eose");
  assert.equal(documents.length, 1);
  assert.deepEqual(await connection.next("CLOSE"), ["CLOSE", id]);
});

Deno.test("query() ends at its bounds whatever the relay does", async (t) => {
  const cases: {
    name: string;
    bounds?: { maxEvents?: number; maxBytes?: number };
    ended: string;
    documents: number;
    act: (relay: ScriptedRelay, time: ManualTime) => Promise<void>;
  }[] = [
    {
      name: "never EOSE",
      ended: "timeout",
      documents: 1,
      act: async (relay, time) => {
        const connection = await relay.connection();
        const [, id] = await connection.next("REQ");
        connection.send("EVENT", id, { kind: 1 });
        connection.send("AUTH", "seen");
        await time.scheduled(5_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
        time.advance(5_000);
      },
    },
    {
      name: "a flood",
      bounds: { maxEvents: 100 },
      ended: "max_events",
      documents: 100,
      act: async (relay) => {
        const connection = await relay.connection();
        const [, id] = await connection.next("REQ");
        for (let n = 0; n < 1_000; n++) {
          connection.send("EVENT", id, { kind: 1, n, x: "y".repeat(400) });
        }
      },
    },
    {
      name: "much at once",
      bounds: { maxBytes: 50_000 },
      ended: "max_bytes",
      documents: 2,
      act: async (relay) => {
        const connection = await relay.connection();
        const [, id] = await connection.next("REQ");
        for (let n = 0; n < 9; n++) connection.send("EVENT", id, { content: "x".repeat(20_000) });
      },
    },
    {
      name: "wrong subscription ids alone",
      ended: "timeout",
      documents: 0,
      act: async (relay, time) => {
        const connection = await relay.connection();
        await connection.next("REQ");
        connection.send("EVENT", "other", { kind: 1 });
        connection.send("EOSE", "other");
        time.advance(5_000);
      },
    },
    {
      name: "closes the connection at once, every time",
      ended: "timeout",
      documents: 0,
      act: async (relay, time) => {
        (await relay.connection()).cut();
        await time.scheduled(1_000);
        time.advance(1_000);
        (await relay.connection()).cut();
        await time.scheduled(2_000);
        time.advance(5_000);
      },
    },
    {
      name: "refuses the subscription",
      ended: "closed",
      documents: 0,
      act: async (relay) => {
        const connection = await relay.connection();
        const [, id] = await connection.next("REQ");
        connection.send("CLOSED", id, "blocked: go away");
      },
    },
  ];
  for (const { name, bounds, ended, documents, act } of cases) {
    await t.step(name, async () => {
      await using relay = await ScriptedRelay.start();
      using at = rig(relay.url);
      const result = at.session.query([{ kinds: [1] }], {
        timeoutMs: 5_000,
        maxEvents: 1_000,
        maxBytes: 1_000_000,
        ...bounds,
      });
      await act(relay, at.time);
      const got = await result;
      assert.equal(got.ended, ended);
      assert.equal(got.documents.length, documents);
    });
  }
});

Deno.test("an EOSE that the relay does not send is assumed, and marked as assumed", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EVENT", id, { kind: 1 });
  await read.document();
  at.time.advance(30_000);
  assert.deepEqual(await read.next(), { type: "eose", assumed: true });
  connection.send("EVENT", id, { kind: 1 });
  assert.equal((await read.next() as { stored: boolean }).stored, true);
});

Deno.test("subscribe() disconnects from a relay that floods it with stored events, and waits the longest time before it reconnects", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { limits: { maxStoredEvents: 50 } });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  for (let n = 0; n < 60; n++) connection.send("EVENT", id, { kind: 1 });
  for (let n = 0; n < 50; n++) await read.document();
  await connection.closed;
  await at.time.scheduled(30_000);
  assert.match(at.session.status().reason ?? "", /more stored events/);
});

Deno.test("a refused page does not end the stored events: everything is asked for again", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  for (let n = 0; n < 60; n++) connection.send("EVENT", id, { kind: 1, created_at: 100 - n });
  connection.send("EOSE", id);
  const [, page] = await connection.next("REQ");
  connection.send("CLOSED", page, "rate-limited: not so fast");
  assert.deepEqual(await connection.next("CLOSE"), ["CLOSE", id]);
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const [, again] = await connection.next("REQ");
  connection.send("EOSE", again);
  for (let n = 0; n < 60; n++) await read.document();
  assert.deepEqual(await read.next(), { type: "eose", assumed: false });
});

Deno.test("query() with emptyMs waits after an EOSE before which nothing came, and for nothing after another", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const limits = { timeoutMs: 5_000, maxEvents: 9, maxBytes: 1_000, emptyMs: 250 };
  const late = at.session.query([{ kinds: [1] }], limits);
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EOSE", id);
  await at.time.scheduled(250);
  connection.send("EVENT", id, { kind: 1 });
  const usual = at.session.query([{ kinds: [2] }], limits);
  const [, second] = await connection.next("REQ");
  connection.send("EVENT", second, { kind: 2 });
  connection.send("EOSE", second);
  assert.equal((await usual).documents.length, 1);
  at.time.advance(250);
  const { documents, ended } = await late;
  assert.deepEqual([documents.length, ended], [1, "eose"]);
});
