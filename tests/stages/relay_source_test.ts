import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { startRelayServer } from "../../network/relay/relay_server.ts";
import { createRelayService } from "../../peers/relay/open_relay_session.ts";
import type { Change } from "../../store/store.ts";
import { relaySource, type RelaySourceOptions } from "../../stages/relay_source.ts";
import { definition } from "../../stages/relay_source_definition.ts";
import { readRelay } from "../../stages/relay_source_reading.ts";
import type { Batch, Item } from "../../stages/stage.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { steadyPorts } from "../steady_ports.ts";
import { until } from "../until.ts";
import { stageContract } from "./stage_contract.ts";
import { PLAIN_IDENTITY } from "../network/relay/plain_identity.ts";
import { NOW_S, startRelay, surroundings } from "./relay_source_rig.ts";

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

Deno.test("relaySource() passes over requests that name only other providers, and moves its cursor over them", async () => {
  await using relay = await startRelay();
  const [me, other] = ["b".repeat(64), "c".repeat(64)];
  const request = (atS: number, ...named: string[]) =>
    event({ kind: 5050, created_at: NOW_S - atS, tags: named.map((key) => ["p", key]) });
  const made = [
    request(100, other),
    request(90),
    request(80, other, me),
    request(70, me),
    request(60, other, "d".repeat(64)),
  ];
  await relay.write(json(made[0]!));
  await relay.write(encodeToon(made[1]!, "1.4"));
  await relay.write(json(made[2]!));
  await relay.write(encodeToon(made[3]!, "1.4"));
  await relay.write(encodeToon(made[4]!, "1.4"));
  const at = surroundings();
  const options = {
    url: relay.url,
    filters: [{ kinds: [5050] }],
    cursorName: "c",
    overlapS: 5,
    further: false,
    asks: null,
    servedBy: me,
  };
  const reading = await readRelay(options, at.services, at.context, () => {});
  let seq = 0;
  const taken = async (count: number) => {
    const items: Item[] = [];
    await until(() => {
      reading.want();
      items.push(...reading.take(9, () => ++seq)?.items ?? []);
      return items.length >= count;
    });
    return items.map((item) => [item.seq, idOf(item.bytes)]);
  };
  const wanted = [made[3]!, made[2]!, made[1]!].map(({ id }, index) => [index + 1, id]);
  assert.deepEqual(await taken(3), wanted);
  const live = request(20, me);
  await relay.write(json(request(30, other)));
  await relay.write(json(live));
  assert.deepEqual(await taken(1), [[4, live.id]]);
  assert.equal(at.counters.for_others, 3);
  assert.equal(at.cursors.c, undefined, "nothing that was given is settled");
  at.settle(1, 2, 3);
  assert.equal(at.cursors.c, String(NOW_S - 30));
  at.settle(4);
  assert.equal(at.cursors.c, String(NOW_S - 20));
  reading.stop();
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
  const file = `${folder}/relay.db`;
  try {
    const [port] = steadyPorts(1);
    const relay = await startRelayServer({ file, identity: PLAIN_IDENTITY, write: "ilp", port });
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
    const again = await startRelayServer({ file, identity: PLAIN_IDENTITY, write: "ilp", port });
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
