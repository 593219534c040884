import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { offerFilters } from "../../stages/relay_source_offers.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import { createRelayService } from "../../peers/relay/open_relay_session.ts";
import type { Change } from "../../store/store.ts";
import { definition, relaySource, type RelaySourceOptions } from "../../stages/relay_source.ts";
import { SettledCursor } from "../../stages/relay_source_cursor.ts";
import type { Batch, Settlement, StageContext } from "../../stages/stage.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { ManualTime, ScriptedRelay } from "../peers/relay/scripted_relay.ts";
import { until } from "../until.ts";
import { stageContract } from "./stage_contract.ts";

const NOW_S = Math.floor(Date.now() / 1_000);

function startRelay(): Promise<RelayServer> {
  const identity = {
    name: "r",
    description: "",
    pubkey: "a".repeat(64),
    ilpAddress: null,
    priceUnitsPerByte: 0n,
    asset: { code: "M2M", scale: 6 },
    version: "0",
  };
  return startRelayServer({ file: ":memory:", identity, write: "ilp" });
}

/** A store with only cursors, and a context whose settlements the test makes. */
function surroundings(cursors: Record<string, string> = {}) {
  const listeners: ((settled: readonly Settlement[]) => void)[] = [];
  const counters: Record<string, number> = {};
  const abort = new AbortController();
  const context: StageContext = {
    clock: Date.now,
    log: () => {},
    settlements: {
      settle: () => assert.fail("a source settles nothing"),
      onSettled: (listener) => listeners.push(listener),
    },
    signal: abort.signal,
    count: (counter, by = 1) => counters[counter] = (counters[counter] ?? 0) + by,
  };
  const store = {
    cursor: (name: string) => Promise.resolve(cursors[name] ?? null),
    commit: (changes: readonly Change[]) => {
      for (const change of changes) {
        assert.ok(change.op === "setCursor");
        cursors[change.name] = change.value;
      }
      return Promise.resolve();
    },
  };
  const backoff = { firstMs: 10, maxMs: 10, factor: 1, jitter: 0 };
  const services = { relay: createRelayService({ backoff }), store };
  const settle = (...seqs: number[]) => {
    for (const listener of listeners) listener(seqs.map((seq) => ({ seq, outcome: "done" })));
  };
  return { context, services, cursors, settle, counters, abort };
}

async function readAll(stream: ReadableStream<Batch>): Promise<Batch> {
  const items = [];
  for await (const batch of stream) items.push(...batch);
  return items;
}

Deno.test("relaySource() with once gives every stored document as it came and ends", async () => {
  await using relay = await startRelay();
  const toon = encodeToon(event({ kind: 5050, created_at: NOW_S - 9 }), "1.4");
  const plain = event({ kind: 5050, created_at: NOW_S - 5 });
  await relay.write(toon);
  await relay.write(json(plain));
  await relay.write(json(event({ kind: 1 })));
  const { context, services } = surroundings();
  const options: RelaySourceOptions = {
    relayUrl: relay.url,
    filters: [{ kinds: [5050] }],
    once: true,
  };
  const items = await readAll(await relaySource(options, services, context));
  assert.deepEqual(items.map(({ seq }) => seq), [1, 2]);
  assert.deepEqual(items[0]!.known, { encoding: "json", relay: relay.url });
  assert.deepEqual(JSON.parse(new TextDecoder().decode(items[0]!.bytes)), plain);
});

Deno.test("relaySource() gives a marked document once more before it reads, and removes its mark when it is settled", async () => {
  await using relay = await startRelay();
  await relay.write(json(event({ kind: 5050, created_at: NOW_S - 5 })));
  const { context, services, cursors, settle } = surroundings();
  const done: string[] = [];
  const marked = {
    quarantineId: 7,
    bytes: json(event({ kind: 5050, created_at: NOW_S - 900 })),
    reason: "poison",
    atMs: 1,
    source: "relay-source",
    known: { encoding: "json", relay: "ws://other/" },
    retry: true,
  };
  const store = {
    cursor: services.store.cursor,
    markedDocuments: (source: string) => Promise.resolve(source === marked.source ? [marked] : []),
    commit: async (changes: readonly Change[]) => {
      for (const change of changes) {
        if (change.op === "setCursor") await services.store.commit([change]);
        else if (change.op === "retryQuarantined") {
          done.push(`${change.quarantineId} ${change.retry}`);
        } else done.push(change.op);
      }
    },
  };
  const options = {
    relayUrl: relay.url,
    filters: [{ kinds: [5050] }],
    cursorName: "in",
    once: true,
  };
  const stream = await relaySource(options, { ...services, store }, context);
  // The mark is gone before anybody can die of the document.
  assert.deepEqual(done, ["7 false"]);
  const items = await readAll(stream);
  assert.deepEqual(items.map(({ seq }) => seq), [1, 2]);
  assert.deepEqual([items[0].bytes, items[0].known], [marked.bytes, marked.known]);
  settle(1);
  assert.deepEqual(done, ["7 false", "releaseQuarantined"]);
  // An old document moves no cursor; the relay's own does.
  assert.deepEqual(cursors, {});
  settle(2);
  assert.deepEqual(cursors, { in: String(NOW_S - 5) });
});

Deno.test("relaySource() hears the answers of every kind of which the store has an open job, also a later one", async () => {
  await using relay = await startRelay();
  const buyer = "b".repeat(64);
  const answer = (kind: number) =>
    relay.write(json(event({ kind, tags: [["p", buyer]], created_at: NOW_S })));
  const { context, services, abort } = surroundings();
  const handedOver = Promise.withResolvers<number[]>();
  const openKinds = (_role: string, known: readonly number[], waitMs: number) =>
    waitMs === 0
      ? Promise.resolve([5650])
      : known.includes(5777)
      ? new Promise<number[]>(() => {})
      : handedOver.promise;
  const stream = await relaySource(
    {
      relayUrl: relay.url,
      filters: [{ kinds: [7000], "#p": [buyer], since: NOW_S - 60 }],
      answersTo: buyer,
    },
    {
      ...services,
      store: { ...services.store, openKinds, awaitedJobs: () => Promise.resolve([]) },
    },
    context,
  );
  const reader = stream.getReader();
  const kindOf = async () => {
    const { value } = await reader.read();
    return value!.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)).kind);
  };
  await answer(6650);
  assert.deepEqual(await kindOf(), [6650]);
  await answer(6777);
  handedOver.resolve([5650, 5777]);
  // Events that were read before arrive again: the store behind the sink knows them.
  const heard = new Set<number>();
  while (!heard.has(6777)) for (const kind of await kindOf()) heard.add(kind);
  abort.abort();
});

Deno.test("relaySource() gives an event that is pushed after the end of the stored ones, when nothing else happens", async () => {
  await using relay = await ScriptedRelay.start();
  const { context, services, abort, settle, cursors } = surroundings();
  const stream = await relaySource(
    { relayUrl: relay.url, filters: [{ kinds: [5050] }], cursorName: "c" },
    services,
    context,
  );
  const reader = stream.getReader();
  const stored = reader.read();
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EVENT", id, event({ kind: 5050, created_at: NOW_S - 5 }));
  assert.equal((await stored).value?.length, 1);
  let pushed: Batch | undefined;
  void reader.read().then(({ value }) => pushed = value);
  settle(1);
  connection.send("EOSE", id);
  // The source has taken the end of the stored events, and nothing else.
  await until(() => cursors.c === String(NOW_S - 5), 60_000);
  connection.send("EVENT", id, event({ kind: 5050, created_at: NOW_S }));
  await until(() => pushed !== undefined, 60_000);
  assert.equal(pushed?.length, 1);
  abort.abort();
});

Deno.test("relaySource() repeatedly asks a relay that never pushes, and gives each stored event once", async () => {
  await using relay = await ScriptedRelay.start();
  const { context, services, abort } = surroundings();
  const time = new ManualTime();
  const buyer = "b".repeat(64);
  const job = {
    eventId: "e".repeat(64),
    kind: 5600,
    createdAtMs: time.nowMs,
    deadlineMs: time.nowMs + 60_000,
    open: true,
  };
  const stream = await relaySource(
    { relayUrl: relay.url, filters: [{ kinds: [6600], "#p": [buyer] }], answersTo: buyer },
    {
      ...services,
      timers: time.timers,
      store: {
        ...services.store,
        openKinds: (_role, _known, waitMs) =>
          waitMs === 0 ? Promise.resolve([]) : new Promise(() => {}),
        awaitedJobs: () => Promise.resolve([job]),
      },
    },
    { ...context, clock: time.clock },
  );
  const reader = stream.getReader();
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EOSE", id);
  for (const found of [["first"], ["first", "second"]]) {
    for (let look = 0; look < 3; look++) {
      await time.scheduled(1_000);
      time.advance(1_000);
    }
    const [, again, filter] = await connection.next("REQ");
    assert.deepEqual([filter.kinds, filter["#e"]], [[7000, 6600], [job.eventId]]);
    for (const content of found) connection.send("EVENT", again, { content });
    connection.send("EOSE", again);
    const { value } = await reader.read();
    assert.deepEqual(
      value!.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)).content),
      found.slice(-1),
    );
    await connection.next("CLOSE");
  }
  abort.abort();
});

Deno.test("relaySource() asks a relay that never pushes for new requests, and one that pushes every minute", async () => {
  await using relay = await ScriptedRelay.start();
  const { context, services, abort } = surroundings();
  const time = new ManualTime();
  const startS = time.nowMs / 1_000;
  const skills = [{ kinds: [5600], addressed: false }];
  const changed = (_since: number, waitMs: number) =>
    waitMs === 0 ? Promise.resolve({ version: 1, skills }) : new Promise(() => {});
  const serves = { pubkey: "b".repeat(64), sinceS: startS - 3_600 };
  const stream = await relaySource(
    { relayUrl: relay.url, filters: [], serves },
    { ...services, timers: time.timers, offers: { changed } as never },
    { ...context, clock: time.clock },
  );
  const reader = stream.getReader();
  const connection = await relay.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EVENT", id, { content: "stored" });
  connection.send("EOSE", id);
  const contents = async () =>
    (await reader.read()).value!.map(({ bytes }) =>
      JSON.parse(new TextDecoder().decode(bytes)).content
    );
  assert.deepEqual(await contents(), ["stored"]);
  let since = startS - 300;
  for (const [waitMs, content] of [[10_000, "first"], [3_000, "second"]] as const) {
    await time.scheduled(waitMs);
    time.advance(waitMs);
    const [, again, filter] = await connection.next("REQ");
    assert.deepEqual([filter.kinds, filter.since], [[5600], since]);
    for (const each of ["stored", content]) connection.send("EVENT", again, { content: each });
    connection.send("EOSE", again);
    assert.deepEqual(await contents(), [content]);
    await connection.next("CLOSE");
    since = time.nowMs / 1_000 - 300;
  }
  connection.send("EVENT", id, { content: "pushed" });
  assert.deepEqual(await contents(), ["pushed"]);
  await time.scheduled(3_000);
  time.advance(3_000);
  const [, last] = await connection.next("REQ");
  connection.send("EOSE", last);
  await time.scheduled(60_000);
  abort.abort();
});

Deno.test("relaySource() ends at its limit", async () => {
  await using relay = await startRelay();
  for (let n = 0; n < 5; n++) await relay.write(json(event({ content: `${n}` })));
  const { context, services } = surroundings();
  const options = { relayUrl: relay.url, filters: [{}], limit: 3 };
  assert.equal((await readAll(await relaySource(options, services, context))).length, 3);
});

Deno.test("relaySource() moves the cursor only over the settled prefix, and begins there less the overlap", async () => {
  await using relay = await startRelay();
  const at = surroundings();
  const options = { relayUrl: relay.url, filters: [{ kinds: [1] }], cursorName: "c", overlapS: 5 };
  const write = async (created_at: number) => {
    const made = event({ created_at, content: String(created_at) });
    await relay.write(json(made));
    return made;
  };
  const [t1, t2] = [await write(NOW_S - 100), await write(NOW_S - 90)];
  const reader = (await relaySource(options, at.services, at.context)).getReader();
  const next = async () => (await reader.read()).value!.map(({ bytes }) => idOf(bytes));
  const first = await next();
  if (first.length === 1) first.push(...await next());
  assert.deepEqual(first, [t2.id, t1.id]);
  at.settle(1);
  assert.equal(at.cursors.c, undefined, "the newest stored one is settled, an older one is not");
  at.settle(2);
  const live = await write(NOW_S - 80);
  assert.deepEqual(await next(), [live.id]);
  assert.equal(at.cursors.c, String(NOW_S - 90));
  const [l4, l5] = [await write(NOW_S - 70), await write(NOW_S - 60)];
  const lives = await next();
  if (lives.length === 1) lives.push(...await next());
  assert.deepEqual(lives, [l4.id, l5.id]);
  at.settle(5, 4);
  assert.equal(at.cursors.c, String(NOW_S - 90), "number 3 is not settled");
  at.settle(3);
  assert.equal(at.cursors.c, String(NOW_S - 60));
  await reader.cancel();

  const overlapping = await write(NOW_S - 64);
  const again = surroundings(at.cursors);
  const resumed = await relaySource({ ...options, once: true }, again.services, again.context);
  assert.deepEqual((await readAll(resumed)).map(({ bytes }) => idOf(bytes)), [
    l5.id,
    overlapping.id,
  ]);
});

Deno.test("relaySource() reads nothing that is not asked for, and stops at the host's signal", async () => {
  await using relay = await startRelay();
  for (let n = 0; n < 10; n++) await relay.write(json(event({ content: `${n}` })));
  const { context, services, abort } = surroundings();
  const stream = await relaySource({ relayUrl: relay.url, filters: [{}] }, services, context);
  const reader = stream.getReader();
  assert.ok((await reader.read()).value!.length > 0);
  abort.abort();
  while (!(await reader.read()).done);
});

Deno.test("relaySource() resumes by itself when the relay was gone, and nothing is lost", async () => {
  const folder = await Deno.makeTempDir();
  const identity = {
    name: "r",
    description: "",
    pubkey: "a".repeat(64),
    ilpAddress: null,
    priceUnitsPerByte: 0n,
    asset: { code: "M2M", scale: 6 },
    version: "0",
  };
  const file = `${folder}/relay.db`;
  try {
    const relay = await startRelayServer({ file, identity, write: "ilp" });
    const at = surroundings();
    const options = { relayUrl: relay.url, filters: [{}], cursorName: "c" };
    const reader = (await relaySource(options, at.services, at.context)).getReader();
    const seen = new Set<string>();
    const until = async (id: string) => {
      while (!seen.has(id)) {
        for (const item of (await reader.read()).value!) {
          seen.add(idOf(item.bytes));
          at.settle(item.seq);
        }
      }
    };
    const before = event({ content: "before" });
    await relay.write(json(before));
    await until(before.id);
    await relay.close();
    const again = await startRelayServer({ file, identity, write: "ilp", port: relay.port });
    const meanwhile = event({ content: "meanwhile" });
    await again.write(json(meanwhile));
    await until(meanwhile.id);
    assert.ok((at.counters.reconnects ?? 0) > 0);
    await reader.cancel();
    await again.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("relaySource() errors when the relay refuses the subscription permanently", async () => {
  await using relay = await startRelay();
  const { context, services } = surroundings();
  const filters = [{ search: "what this relay does not know" } as unknown as { kinds: number[] }];
  const stream = await relaySource({ relayUrl: relay.url, filters }, services, context);
  await assert.rejects(() => stream.getReader().read(), {
    code: "closed_by_relay",
    prefix: "unsupported",
  });
  await stream.cancel().catch(() => {});
});

Deno.test("SettledCursor counts no stored event before EOSE, and none after an assumed EOSE", () => {
  const moves: number[] = [];
  const cursor = new SettledCursor(50, (atS) => moves.push(atS));
  cursor.emitted(1, 100, true);
  cursor.emitted(2, 90, true);
  cursor.settle([1, 2]);
  cursor.storedEnd(true);
  assert.deepEqual(moves, []);
  cursor.emitted(3, null, true);
  cursor.storedEnd(false);
  cursor.emitted(4, 80, false);
  cursor.emitted(5, null, false);
  cursor.emitted(6, 120, false);
  cursor.settle([4, 5, 6]);
  assert.deepEqual(moves, []);
  cursor.settle([3]);
  assert.deepEqual(moves, [120]);
});

Deno.test("offerFilters() asks for requests, open messages, and messages to the provider's key, of what skills take, and for cancelled requests", () => {
  const skills = [
    { kinds: [5600, 5601, 7000], addressed: true },
    { kinds: [5650, 1111], addressed: false },
    { kinds: [1059, 4], addressed: true },
  ];
  const sinceS = 1_000_000;
  assert.deepEqual(offerFilters(skills, { pubkey: "ab", sinceS }), [
    { kinds: [5600, 5601, 5650], since: sinceS },
    { kinds: [1111], since: sinceS },
    { kinds: [4], since: sinceS, "#p": ["ab"] },
    // The time in a gift wrap is up to two days too early.
    { kinds: [1059], since: sinceS - 172_800, "#p": ["ab"] },
    { kinds: [5], since: sinceS, "#p": ["ab"] },
  ]);
  const [messages] = [{ kinds: [1111], addressed: false }];
  assert.equal(offerFilters([messages], { pubkey: "ab", sinceS: 5 }).length, 1);
});

Deno.test("relaySource()'s only permission is its relay's address", () => {
  const cases: [string, string][] = [
    ["wss://relay.example/path", "relay.example:443"],
    ["wss://relay.example:7100", "relay.example:7100"],
    ["ws://127.0.0.1:7100/", "127.0.0.1:7100"],
    ["ws://[::1]:7100/", "[::1]:7100"],
  ];
  for (const [relayUrl, host] of cases) {
    assert.deepEqual(definition.permissions({ relayUrl, filters: [] }), { net: [host] });
  }
});

function idOf(bytes: Uint8Array): string {
  return (JSON.parse(new TextDecoder().decode(bytes)) as NostrEvent).id;
}

Deno.test("relaySource()'s permissions with further relays are their addresses too, each once", () => {
  const more = [{ url: "wss://b.example" }, { url: "wss://a.example/other" }];
  const { net } = definition.permissions({ relayUrl: "wss://a.example", more, filters: [] });
  assert.deepEqual(net, ["a.example:443", "b.example:443"]);
});

/** A relay for the contract, whose options are fixed before its tests run. */
const contractRelay = await startRelay();
await contractRelay.write(encodeToon(event({ kind: 5050, created_at: NOW_S - 2 }), "1.4"));
await contractRelay.write(json(event({ kind: 5600, created_at: NOW_S - 1 })));

stageContract(definition, {
  options: { relayUrl: contractRelay.url, filters: [{}], once: true },
  services: () => ({ relay: createRelayService(), store: null }),
  workerServices: () => ({ offers: null, relay: { local: "relay" }, store: null }),
  cases: [{ name: "two stored documents", outcomes: ["ok", "ok"] }],
});
