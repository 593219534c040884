/** relaySource reading several relays at once, some of which are dead, silent, flood or refuse. */
import assert from "node:assert/strict";
import type { Timers } from "../../base/timers.ts";
import { createRelayService } from "../../peers/relay/open_relay_session.ts";
import type { Change } from "../../store/store.ts";
import { relaySource, type RelaySourceOptions } from "../../stages/relay_source.ts";
import { LEFT_OUT } from "../../stages/relay_source_left_out.ts";
import type { Batch, Item, Settlement, StageContext } from "../../stages/stage.ts";
import { deadUrl, startSilentRelay } from "../market/bad_relays.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { ScriptedRelay } from "../peers/relay/scripted_relay.ts";
import { until } from "../until.ts";
import { NOW_S, startRelay } from "./relay_source_rig.ts";

/** A source over a store with only cursors; the test settles. */
async function sourceOf(options: RelaySourceOptions, timers?: Timers) {
  const cursors: Record<string, string> = {};
  const listeners: ((settled: readonly Settlement[]) => void)[] = [];
  const counters: Record<string, number> = {};
  const logs: { msg: string; relay: unknown }[] = [];
  const abort = new AbortController();
  const context: StageContext = {
    clock: Date.now,
    log: (_level, msg, fields = {}) => void logs.push({ msg, relay: fields.relay }),
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
  const services = { relay: createRelayService({ backoff }), store, timers };
  const reader = (await relaySource(options, services, context)).getReader();
  return {
    reader,
    counters,
    logs,
    cursors,
    settle(items: Batch) {
      const settled = items.map(({ seq }) => ({ seq, outcome: "done" as const }));
      for (const listener of listeners) listener(settled);
    },
    /** The next `count` items. */
    async take(count: number): Promise<Item[]> {
      const items: Item[] = [];
      while (items.length < count) items.push(...(await reader.read()).value!);
      return items;
    },
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await reader.cancel();
    },
  };
}

const contentOf = ({ bytes }: Item) => JSON.parse(new TextDecoder().decode(bytes)).content;
const placeOf = (item: Item) => [contentOf(item), item.known.relay];

Deno.test("relaySource() reads a further relay beside the first, each with its own cursor", async () => {
  await using one = await startRelay();
  await using two = await startRelay();
  await one.write(json(event({ content: "one", created_at: NOW_S - 50 })));
  await two.write(json(event({ content: "two", created_at: NOW_S - 900 })));
  const options = {
    relayUrl: one.url,
    cursorName: "c:one",
    more: [{ url: two.url, cursorName: "c:two" }],
    filters: [{ kinds: [1] }],
  };
  await using source = await sourceOf(options);
  const stored = await source.take(2);
  assert.deepEqual(stored.map(placeOf).toSorted(), [["one", one.url], ["two", two.url]]);
  assert.deepEqual(stored.map(({ seq }) => seq), [1, 2]);
  source.settle(stored);
  // EOSE may arrive after the documents.
  await two.write(json(event({ content: "live", created_at: NOW_S - 800 })));
  const live = await source.take(1);
  assert.deepEqual(live.map(placeOf), [["live", two.url]]);
  source.settle(live);
  await until(() => source.cursors["c:two"] === String(NOW_S - 800), 60_000);
  // The other relay's newer event moves only that relay's cursor.
  assert.ok([undefined, String(NOW_S - 50)].includes(source.cursors["c:one"]));
});

Deno.test("relaySource() gives what comes although a further relay is dead and another never answers", async () => {
  await using good = await startRelay();
  await using silent = startSilentRelay();
  const more = [{ url: deadUrl() }, { url: silent.url }];
  await using source = await sourceOf({ relayUrl: good.url, more, filters: [{ kinds: [1] }] });
  for (const content of ["first", "second"]) {
    await good.write(json(event({ content })));
    assert.deepEqual((await source.take(1)).map(contentOf), [content]);
  }
  // For doctor's check of the home's own relay, failures of other relays are counted separately.
  await until(() => (source.counters.more_reconnects ?? 0) > 0, 60_000);
  assert.equal(source.counters.reconnects, undefined);
});

Deno.test("relaySource() reads a further relay while the first one is dead, and the first one when it is back", async () => {
  await using good = await startRelay();
  const own = deadUrl();
  const more = [{ url: good.url }];
  await using source = await sourceOf({ relayUrl: own, more, filters: [{ kinds: [1] }] });
  await good.write(json(event({ content: "elsewhere" })));
  assert.deepEqual((await source.take(1)).map(contentOf), ["elsewhere"]);
  await using back = await ScriptedRelay.start(Number(new URL(own).port));
  const connection = await back.connection();
  const [, id] = await connection.next("REQ");
  connection.send("EVENT", id, event({ content: "back" }));
  assert.deepEqual((await source.take(1)).map(contentOf), ["back"]);
});

Deno.test("relaySource() gives a relay's event in its turn while a further relay floods", async () => {
  await using good = await startRelay();
  await using flood = await ScriptedRelay.start();
  const options = { relayUrl: good.url, more: [{ url: flood.url }], filters: [{ kinds: [1] }] };
  await using source = await sourceOf(options);
  const connection = await flood.connection();
  const [, id] = await connection.next("REQ");
  const noise = event({ content: "noise" });
  let over = false;
  const flooding = (async () => {
    while (!over) {
      for (let n = 0; n < 100; n++) connection.send("EVENT", id, noise);
      await until(() => over || connection.buffered === 0, 60_000);
    }
  })();
  assert.deepEqual((await source.take(1)).map(contentOf).at(0), "noise");
  await good.write(json(event({ content: "mine" })));
  let batches = 0;
  for (let found = false; !found && batches < 5_000; batches++) {
    found = (await source.reader.read()).value!.some((item) => contentOf(item) === "mine");
  }
  over = true;
  await flooding;
  assert.ok(batches < 5_000, `${batches} batches of the flood came before it`);
});

Deno.test("relaySource() takes no more than a share of a further relay's documents in a period, and loses none", async () => {
  await using own = await ScriptedRelay.start();
  await using other = await ScriptedRelay.start();
  const periods: (() => void)[] = [];
  const timers = {
    now: Date.now,
    after: (ms: number, task: () => void) => {
      if (ms === 10_000) periods.push(task);
      return () => {};
    },
  };
  const options = { relayUrl: own.url, more: [{ url: other.url }], filters: [{ kinds: [1] }] };
  await using source = await sourceOf(options, timers);
  const [mine, theirs] = [await own.connection(), await other.connection()];
  const [[, id], [, otherId]] = [await mine.next("REQ"), await theirs.next("REQ")];
  let sent = 0;
  const send = (count: number) => {
    const contents = Array.from({ length: count }, () => `${sent++}`);
    for (const content of contents) theirs.send("EVENT", otherId, { content });
    return contents;
  };
  // In portions, so that no subscription overflows.
  for (let n = 0; n < 50; n++) {
    const portion = send(100);
    assert.deepEqual((await source.take(100)).map(contentOf), portion);
  }
  assert.equal(periods.length, 1);
  const waiting = send(100);
  // The relay's share is used; the home's own relay has none.
  mine.send("EVENT", id, { content: "mine" });
  assert.deepEqual((await source.take(1)).map(contentOf), ["mine"]);
  periods[0]!();
  assert.deepEqual((await source.take(100)).map(contentOf), waiting);
});

Deno.test("relaySource() leaves a further relay out that refuses us permanently, and goes on", async () => {
  await using good = await startRelay();
  await using strict = await ScriptedRelay.start();
  const options = { relayUrl: good.url, more: [{ url: strict.url }], filters: [{ kinds: [1] }] };
  await using source = await sourceOf(options);
  const reading = source.take(1);
  const connection = await strict.connection();
  const [, id] = await connection.next("REQ");
  connection.send("CLOSED", id, "blocked: not you");
  await until(() => source.logs.some(({ msg }) => msg === LEFT_OUT), 60_000);
  await connection.closed;
  assert.equal(source.logs.find(({ msg }) => msg === LEFT_OUT)!.relay, strict.url);
  await good.write(json(event({ content: "goes on" })));
  assert.deepEqual((await reading).map(contentOf), ["goes on"]);
});

/** Returns everything that the source gives until it ends. */
async function contentsOf({ reader }: Awaited<ReturnType<typeof sourceOf>>): Promise<string[]> {
  const contents: string[] = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return contents.toSorted();
    contents.push(...value.map(contentOf));
  }
}

Deno.test("relaySource() with once waits for what a further relay has stored, and for none that is dead", async () => {
  await using one = await startRelay();
  await using two = await startRelay();
  await one.write(json(event({ content: "one" })));
  await two.write(json(event({ content: "two" })));
  const more = [{ url: deadUrl() }, { url: two.url }];
  const options = { relayUrl: one.url, more, filters: [{ kinds: [1] }], once: true };
  // No time passes.
  await using source = await sourceOf(options, { now: Date.now, after: () => () => {} });
  assert.deepEqual(await contentsOf(source), ["one", "two"]);
});

Deno.test("relaySource() with once ends although a further relay never answers", async () => {
  await using one = await startRelay();
  await using silent = startSilentRelay();
  await one.write(json(event({ content: "one" })));
  const more = [{ url: silent.url }];
  await using source = await sourceOf({ relayUrl: one.url, more, filters: [{}], once: true });
  assert.deepEqual(await contentsOf(source), ["one"]);
});
