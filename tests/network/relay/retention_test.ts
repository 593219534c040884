import assert from "node:assert/strict";
import { runSteps } from "./run_steps.ts";
import { EventStore, type StoredEvent } from "../../../network/relay/event_store.ts";
import { type RetentionRule, Sweeper } from "../../../network/relay/retention.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { json } from "./signed_events.ts";

const NOW_S = 1_800_000_000;
const EVERYTHING = { nowS: NOW_S, privateKinds: [], pubkeys: [] };

/** Not signed, because events are verified before they reach a store. */
function stored(n: number, fields: Partial<NostrEvent>): StoredEvent {
  const event = {
    id: n.toString(16).padStart(64, "0"),
    pubkey: "a".repeat(64),
    kind: 1,
    created_at: NOW_S,
    tags: [],
    content: "x".repeat(1_000),
    sig: "b".repeat(128),
    ...fields,
  } as unknown as NostrEvent;
  const raw = json(event);
  return { event, raw, encoding: "json", json: new TextDecoder().decode(raw) };
}

async function swept(
  events: StoredEvent[],
  rules: readonly RetentionRule[],
): Promise<{ left: number[]; removed: number; store: EventStore }> {
  const store = new EventStore(":memory:");
  store.put(events, NOW_S - 100);
  const removed = await new Sweeper(store, rules, () => NOW_S * 1_000).sweep();
  const left = runSteps(store.search([{}], EVERYTHING, 10_000)).map(({ id }) => parseInt(id, 16))
    .sort((a, b) => a - b);
  assert.equal(store.count(), left.length);
  return { left, removed, store };
}

Deno.test("Sweeper removes by kind, age and number, and nothing else", async (t) => {
  const events = [
    stored(1, { created_at: NOW_S - 500 }),
    stored(2, { created_at: NOW_S - 50 }),
    stored(3, { kind: 7, created_at: NOW_S - 400 }),
    stored(4, { kind: 7, created_at: NOW_S - 300 }),
    stored(5, { kind: 7, created_at: NOW_S - 20 }),
    stored(6, { tags: [["expiration", String(NOW_S - 1)]] }),
  ];
  const cases: { name: string; rules: RetentionRule[]; left: number[] }[] = [
    { name: "no rule: only what expired", rules: [], left: [1, 2, 3, 4, 5] },
    { name: "age, of all kinds", rules: [{ maxAgeS: 300 }], left: [2, 4, 5] },
    { name: "age, of one kind", rules: [{ kinds: [7], maxAgeS: 300 }], left: [1, 2, 4, 5] },
    { name: "number, of one kind", rules: [{ kinds: [7], maxCount: 2 }], left: [1, 2, 4, 5] },
    { name: "number, of all kinds", rules: [{ maxCount: 1 }], left: [5] },
    {
      name: "several rules",
      rules: [{ kinds: [7], maxCount: 0 }, { kinds: [1], maxAgeS: 100 }],
      left: [2],
    },
  ];
  for (const { name, rules, left } of cases) {
    await t.step(name, async () => {
      const result = await swept(events, rules);
      assert.deepEqual(result.left, left);
      assert.equal(result.removed, events.length - left.length);
      result.store.close();
    });
  }
});

Deno.test("Sweeper works through many in steps, remembers what was taken in, and gives pages back", async () => {
  const folder = await Deno.makeTempDir();
  const gone: string[] = [];
  const store = new EventStore(`${folder}/relay.db`, (id) => gone.push(id));
  try {
    const events = Array.from({ length: 1_001 }, (_, n) => stored(n + 1, { created_at: n }));
    store.put(events, NOW_S);
    const full = store.sizeBytes();
    const sweeper = new Sweeper(store, [{ maxCount: 1 }], () => NOW_S * 1_000);
    const [first, second] = await Promise.all([sweeper.sweep(), sweeper.sweep()]);
    assert.deepEqual([first, second], [1_000, 1_000], "one sweep at a time");
    assert.equal(gone.length, 1_000);
    assert.ok(store.sizeBytes() < full / 4, `${store.sizeBytes()} of ${full} bytes`);
    assert.equal(store.wasWritten(events[0]!.event.id), true);
    const later = new Sweeper(store, [], () => (NOW_S + 61 * 86_400) * 1_000);
    for (let n = 0; n < 5; n++) await later.sweep();
    assert.equal(store.wasWritten(events[0]!.event.id), false);
    assert.equal(store.wasWritten(events[1_000]!.event.id), true, "it is still there");
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
