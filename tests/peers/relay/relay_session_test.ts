import assert from "node:assert/strict";
import { asPubkey, type NostrEvent } from "../../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import type {
  RelayDelivery,
  RelaySession,
  RelaySessionOptions,
  RelayStatus,
  RelaySubscription,
} from "../../../peers/relay/relay_session.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import type { Signer } from "../../../money/signer/signer.ts";
import { ManualTime, ScriptedRelay } from "./scripted_relay.ts";
import { until } from "../../until.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const KEY = new Uint8Array(32).fill(7);

function signed(content: string, created_at = 1_700_000_000, kind = 1): NostrEvent {
  const pubkey = publicKeyOf(KEY);
  return signEvent({ pubkey, kind, created_at, tags: [], content }, KEY, new Uint8Array(32));
}

const signer: Pick<Signer, "identity" | "signEvents"> = {
  identity: () => Promise.resolve({ pubkey: publicKeyOf(KEY), paymentAddress: "0x" }),
  signEvents: (events) =>
    Promise.resolve(
      events.map((event) =>
        signEvent({ ...event, pubkey: asPubkey(event.pubkey) }, KEY, new Uint8Array(32))
      ),
    ),
};

interface Rig extends Disposable {
  readonly time: ManualTime;
  readonly session: RelaySession;
  readonly counters: Record<string, number>;
  readonly logged: string[];
  readonly statuses: RelayStatus[];
}

function rig(url: string, options: Partial<RelaySessionOptions> = {}): Rig {
  const time = new ManualTime();
  const counters: Record<string, number> = {};
  const logged: string[] = [];
  const session = openRelaySession({
    url,
    clock: time.clock,
    timers: time.timers,
    random: () => 0.5,
    log: (_level, msg) => void logged.push(msg),
    count: (counter, by = 1) => counters[counter] = (counters[counter] ?? 0) + by,
    ...options,
  });
  const statuses: RelayStatus[] = [];
  session.onStatus((status) => statuses.push(status));
  return { time, session, counters, logged, statuses, [Symbol.dispose]: () => session.close() };
}

/** Reads deliveries one by one, whatever the batches were. */
function deliveriesOf(subscription: RelaySubscription) {
  const reader = subscription.deliveries.getReader();
  const held: RelayDelivery[] = [];
  return {
    async next(): Promise<RelayDelivery | null> {
      while (held.length === 0) {
        const { value, done } = await reader.read();
        if (done) return null;
        held.push(...value);
      }
      return held.shift()!;
    },
    async document(): Promise<string> {
      const delivery = await this.next();
      assert.equal(delivery?.type, "document");
      return text((delivery as { bytes: Uint8Array }).bytes);
    },
  };
}

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

Deno.test("a session signs 64 proofs on one connection, and no more, however many challenges come", async () => {
  await using relay = await ScriptedRelay.start();
  let asked = 0;
  const counting = {
    ...signer,
    signEvents: (events: Parameters<typeof signer.signEvents>[0]) => {
      asked++;
      return signer.signEvents(events);
    },
  };
  using at = rig(relay.url, { signer: counting });
  const mine = signed("mine");
  const published = at.session.publish(mine);
  const connection = await relay.connection();
  await connection.next("EVENT");
  for (let n = 0; n < 70; n++) {
    connection.send("AUTH", `challenge-${n}`);
    connection.send("NOTICE", "auth-required: again");
    if (n >= 64) continue;
    const [, proof] = await connection.next("AUTH");
    connection.send("OK", proof.id, true, "");
    // The event is sent again after each proof.
    await connection.next("EVENT");
  }
  connection.send("OK", mine.id, true, "");
  assert.equal((await published).outcome, "accepted");
  assert.equal(asked, 64);
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

for (
  const { name, ok, expected } of [
    {
      name: "accepted",
      ok: [true, ""],
      expected: { outcome: "accepted", prefix: "none", message: "" },
    },
    {
      name: "duplicate",
      ok: [true, "duplicate: already have this event"],
      expected: { outcome: "duplicate", prefix: "duplicate", message: /already have/ },
    },
    {
      name: "restricted",
      ok: [false, "restricted: writes require ILP payment"],
      expected: { outcome: "refused", prefix: "restricted", message: /ILP payment/ },
    },
    {
      name: "refused without a prefix",
      ok: [false, "no"],
      expected: { outcome: "refused", prefix: "none", message: "no" },
    },
  ]
) {
  Deno.test(`publish() answers ${name}`, async () => {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url);
    const event = signed(name);
    const published = at.session.publish(event);
    const connection = await relay.connection();
    await connection.next("EVENT");
    connection.send("OK", "0".repeat(64), true, "");
    connection.send("OK", event.id, ...ok);
    const outcome = await published;
    assert.equal(outcome.eventId, event.id);
    assert.equal(outcome.outcome, expected.outcome);
    assert.equal(outcome.prefix, expected.prefix);
    if (typeof expected.message === "string") assert.equal(outcome.message, expected.message);
    else assert.match(outcome.message, expected.message);
    assert.equal(at.counters.unexpected, 1);
  });
}

Deno.test("publish() sends again after a reconnect, and is told timeout when no OK comes", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const event = signed("twice");
  const published = at.session.publish(event, { timeoutMs: 5_000 });
  const first = await relay.connection();
  await first.next("EVENT");
  first.cut();
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const second = await relay.connection();
  assert.deepEqual(await second.next("EVENT"), ["EVENT", event]);
  at.time.advance(4_000);
  await assert.rejects(published, { name: "RelayError", code: "timeout" });
});

Deno.test("publish() without an OK tells the notice that came meanwhile", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const [event, other] = [signed("too long"), signed("fine")];
  const published = at.session.publish(event, { timeoutMs: 5_000 });
  const connection = await relay.connection();
  await connection.next("EVENT");
  connection.send("NOTICE", "invalid: tag value must be less than 1024 chars");
  const taken = at.session.publish(other, { timeoutMs: 5_000 });
  await connection.next("EVENT");
  connection.send("OK", other.id, true, "");
  assert.equal((await taken).outcome, "accepted", "an OK counts whatever was noticed");
  at.time.advance(5_000);
  await assert.rejects(published, { code: "noticed", message: /less than 1024 chars/ });
});

Deno.test("publish() proves who we are when the relay asks, once, then sends again", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const event = signed("private");
  const published = at.session.publish(event);
  const connection = await relay.connection();
  connection.send("AUTH", "challenge-1");
  await connection.next("EVENT");
  connection.send("OK", event.id, false, "auth-required: who are you");
  const [, proof] = await connection.next("AUTH");
  assert.equal(proof.kind, 22242);
  assert.deepEqual(proof.tags, [["relay", relay.url], ["challenge", "challenge-1"]]);
  connection.send("OK", proof.id, true, "");
  assert.deepEqual(await connection.next("EVENT"), ["EVENT", event]);
  connection.send("OK", event.id, true, "");
  assert.equal((await published).outcome, "accepted");
});

Deno.test("publish() without a key at a relay that asks for one is auth_required", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url);
  const event = signed("private");
  const published = at.session.publish(event);
  const connection = await relay.connection();
  await connection.next("EVENT");
  connection.send("OK", event.id, false, "auth-required: who are you");
  await assert.rejects(published, { code: "auth_required" });
});

Deno.test("subscribe() answers auth-required with a proof, and gives up when the proof is refused", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("CLOSED", id, "auth-required: members only");
  connection.send("AUTH", "late challenge");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, again] = await connection.next("REQ");
  connection.send("EVENT", again, { kind: 4 });
  await read.document();
  connection.cut();
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const next = await relay.connection();
  const [, third] = await next.next("REQ");
  next.send("AUTH", "another");
  next.send("CLOSED", third, "auth-required: members only");
  const [, second] = await next.next("AUTH");
  next.send("OK", second.id, false, "restricted: not a member");
  await assert.rejects(() => read.next(), { code: "auth_refused" });
});

Deno.test("subscribe() asks for the same history again when it had to send a proof first", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const filter = { kinds: [31_990], limit: 200 };
  at.session.subscribe([filter], { backfill: false });
  const connection = await relay.connection();
  connection.send("AUTH", "challenge");
  const [, id, first] = await connection.next("REQ");
  assert.deepEqual(first, filter);
  connection.send("CLOSED", id, "auth-required: members only");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, , again] = await connection.next("REQ");
  assert.deepEqual(again, filter, "nothing was read yet, so nothing is left out");
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

Deno.test("subscribe() and publish() survive a relay that disconnects during the proof (NIP-42)", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const event = signed("mine");
  const published = at.session.publish(event);
  const first = await relay.connection();
  const [, id] = await first.next("REQ");
  await first.next("EVENT");
  first.send("AUTH", "one");
  first.send("CLOSED", id, "auth-required: members only");
  first.send("OK", event.id, false, "auth-required: members only");
  await first.next("AUTH");
  first.cut();
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const second = await relay.connection();
  const [, again] = await second.next("REQ");
  assert.deepEqual(await second.next("EVENT"), ["EVENT", event]);
  second.send("EVENT", again, { kind: 4 });
  second.send("OK", event.id, true, "");
  await read.document();
  assert.equal((await published).outcome, "accepted");
});

Deno.test("a relay that answers restricted beside a challenge gets a proof, one without a challenge does not", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const first = signed("first");
  const published = at.session.publish(first);
  const connection = await relay.connection();
  await connection.next("EVENT");
  connection.send("OK", first.id, false, "restricted: writes require ILP payment");
  assert.equal((await published).outcome, "refused");
  const second = signed("second");
  const proved = at.session.publish(second);
  await connection.next("EVENT");
  connection.send("AUTH", "who");
  connection.send("OK", second.id, false, "restricted: members only");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  await connection.next("EVENT");
  connection.send("OK", second.id, false, "restricted: members only");
  assert.equal((await proved).prefix, "restricted");
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

Deno.test("a relay's own limit (NIP-11) makes paging begin earlier, and with auth_required the proof follows the challenge", async () => {
  await using relay = await ScriptedRelay.start();
  relay.information = {
    status: 200,
    body: '{"limitation":{"default_limit":3,"auth_required":true}}',
  };
  using at = rig(relay.url, { signer });
  await at.session.information();
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  connection.send("AUTH", "at once");
  const messages = [await connection.messages.next(), await connection.messages.next()];
  const request = messages.find(([type]) => type === "REQ")!;
  const proof = messages.find(([type]) => type === "AUTH")!;
  connection.send("OK", proof[1].id, true, "");
  for (let n = 0; n < 3; n++) connection.send("EVENT", request[1], { kind: 1, created_at: 9 - n });
  connection.send("EOSE", request[1]);
  const [, page, filter] = await connection.next("REQ");
  assert.deepEqual(filter, { kinds: [1], until: 7 });
  connection.send("EOSE", page);
  for (let n = 0; n < 3; n++) await read.document();
  assert.deepEqual(await read.next(), { type: "eose", assumed: false });
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

Deno.test("subscribe() understands strfry's auth-required behind an ERROR, and proves who we are", async () => {
  await using relay = await ScriptedRelay.start();
  const logged: [string, string, unknown][] = [];
  using at = rig(relay.url, {
    signer,
    log: (level, msg, fields) => {
      if (level !== "debug") logged.push([level, msg, fields?.reason]);
    },
  });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("CLOSED", id, "ERROR: auth-required: only for members");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, again] = await connection.next("REQ");
  connection.send("EVENT", again, { kind: 4 });
  await read.document();
  assert.deepEqual(logged, [
    ["info", "relay closed a subscription", "ERROR: auth-required: only for members"],
  ]);
  assert.equal(at.counters["closed_by_relay:auth-required"], 1);
});

Deno.test("subscribe() proves who we are at a challenge whatever the refusal's words are", async () => {
  for (const words of ["no", "error: not for you", "blocked: members only", "members: only"]) {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url, { signer });
    const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
    const connection = await relay.connection();
    const [, id] = await connection.next("REQ");
    connection.send("AUTH", "challenge");
    connection.send("CLOSED", id, words);
    const [, proof] = await connection.next("AUTH");
    connection.send("OK", proof.id, true, "");
    const [, again] = await connection.next("REQ");
    connection.send("EVENT", again, { kind: 4 });
    await read.document();
  }
});

Deno.test("subscribe() keeps asking if a refusal without a reason does not end after a proof", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("CLOSED", id, "error: overloaded");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, false, "error: overloaded");
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const [, again] = await connection.next("REQ");
  connection.send("EVENT", again, { kind: 4 });
  await read.document();
});

Deno.test("a subscription that was refused for its rate is still proved for later", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("CLOSED", id, "rate-limited: slow down");
  await at.time.scheduled(1_000);
  at.time.advance(1_000);
  const [, second] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("CLOSED", second, "auth-required: who are you");
  const [, proof] = await connection.next("AUTH");
  connection.send("OK", proof.id, true, "");
  const [, third] = await connection.next("REQ");
  connection.send("EVENT", third, { kind: 4 });
  await read.document();
});

for (
  const { how, say, waitMs } of [
    { how: "answers nothing", say: [], waitMs: 2_000 },
    { how: "answers by a NOTICE", say: ["NOTICE", "restricted: we serve members"], waitMs: 0 },
    { how: "answers by a NOTICE in capitals", say: ["NOTICE", "AUTH-REQUIRED: who?"], waitMs: 0 },
  ]
) {
  Deno.test(`a session proves who it is to a relay that challenges and ${how}, and asks again`, async () => {
    await using relay = await ScriptedRelay.start();
    using at = rig(relay.url, { signer });
    const read = deliveriesOf(at.session.subscribe([{ kinds: [4] }]));
    const event = signed("waits too");
    const published = at.session.publish(event);
    const connection = await relay.connection();
    const [, id] = await connection.next("REQ");
    await connection.next("EVENT");
    connection.send("AUTH", "challenge");
    if (say.length > 0) connection.send(...say);
    if (waitMs > 0) {
      await at.time.scheduled(waitMs);
      at.time.advance(waitMs);
    }
    const [, proof] = await connection.next("AUTH");
    connection.send("OK", proof.id, true, "");
    assert.deepEqual(await connection.next("CLOSE"), ["CLOSE", id]);
    const [, again] = await connection.next("REQ");
    assert.deepEqual(await connection.next("EVENT"), ["EVENT", event]);
    connection.send("OK", event.id, true, "");
    assert.equal((await published).outcome, "accepted");
    connection.send("EVENT", again, { kind: 4 });
    await read.document();
  });
}

Deno.test("a session proves nothing to a relay that challenges everybody but answers without a proof", async () => {
  await using relay = await ScriptedRelay.start();
  using at = rig(relay.url, { signer });
  const read = deliveriesOf(at.session.subscribe([{ kinds: [1] }]));
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("AUTH", "challenge");
  connection.send("EOSE", id);
  assert.deepEqual(await read.next(), { type: "eose", assumed: false });
  await at.time.scheduled(2_000);
  at.time.advance(2_000);
  connection.send("NOTICE", "restricted: members read more");
  connection.send("EVENT", id, { kind: 1 });
  await read.document();
  assert.equal(connection.messages.size, 0);
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
