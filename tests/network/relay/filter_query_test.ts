/** What the store finds against a scan of everything with the protocol's own matcher. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { WINDOW_ROWS } from "../../../network/relay/event_search.ts";
import { runSteps } from "./run_steps.ts";
import { EventStore, type StoredEvent } from "../../../network/relay/event_store.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { type Filter, matchesFilter } from "../../../protocols/nostr/filter.ts";

const VIEW = { nowS: 100, privateKinds: [], pubkeys: [] };
const pubkey = fc.constantFrom("a".repeat(64), "b".repeat(64));
const kind = fc.constantFrom(1, 7, 5050);
const value = fc.constantFrom("x", "y", "z");
const lists = <T>(of: fc.Arbitrary<T>) => fc.uniqueArray(of, { maxLength: 3 });
const many = fc.constant(Array.from({ length: 40 }, (_, n) => `v${n}`).concat("x", "y"));

const idOf = (n: number) => ((n * 7 + 3) % 251).toString(16).padStart(64, "0");
const id = fc.nat({ max: 30 }).map(idOf);

const filter = fc.record({
  ids: lists(id),
  authors: lists(pubkey),
  kinds: lists(kind),
  "#t": fc.oneof(lists(value), many),
  "#p": lists(value),
  since: fc.integer({ min: 0, max: 6 }),
  until: fc.integer({ min: 0, max: 6 }),
  limit: fc.integer({ min: 0, max: 8 }),
}, { requiredKeys: [] }) as fc.Arbitrary<Filter>;

const fields = fc.record({
  pubkey,
  kind,
  created_at: fc.integer({ min: 0, max: 6 }),
  tags: fc.array(fc.tuple(fc.constantFrom("t", "p"), value), { maxLength: 4 }),
});

Deno.test("EventStore.search() brings what a scan brings: the newest first, ties by id, each filter to its limit; tally() counts it", () => {
  fc.assert(
    fc.property(
      fc.array(fields, { maxLength: 25 }),
      fc.array(filter, { minLength: 1, maxLength: 3 }),
      (drawn, filters) => {
        const events = drawn.map((each, n) => ({
          ...each,
          id: idOf(n),
          content: "",
          sig: "",
        })) as unknown as NostrEvent[];
        const store = new EventStore(":memory:");
        try {
          const raw = new Uint8Array(1);
          store.put(
            events.map((event): StoredEvent => ({ event, raw, encoding: "json", json: "{}" })),
            1,
          );
          const order = (a: NostrEvent, b: NostrEvent) =>
            b.created_at - a.created_at || (a.id < b.id ? -1 : 1);
          const expected = new Set(
            filters.flatMap((each) =>
              events.filter((event) => matchesFilter(each, event)).sort(order)
                .slice(0, Math.min(each.limit ?? 10, 10))
            ),
          );
          assert.deepEqual(
            runSteps(store.search(filters, VIEW, 10)).map(({ id }) => id),
            [...expected].sort(order).map(({ id }) => id),
          );
          const all = events.filter((event) => filters.some((each) => matchesFilter(each, event)));
          const exact = { count: all.length, approximate: false };
          assert.deepEqual(runSteps(store.tally(filters, VIEW, 10_000)), exact);
          const { count, approximate } = runSteps(store.tally(filters, VIEW, 9));
          assert.ok(approximate ? count <= all.length : count === all.length);
        } finally {
          store.close();
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("EventStore.search() gives an event that has many of the asked values one place, and tally() counts it once", () => {
  const store = new EventStore(":memory:");
  try {
    const values = Array.from({ length: 40 }, (_, n) => `v${n}`);
    const raw = new Uint8Array(1);
    const events = [9, 8].map((created_at): StoredEvent => {
      const id = String(created_at).padStart(64, "0");
      const tags = values.map((each) => ["t", each]);
      const event = { id, pubkey: "a".repeat(64), kind: 1, created_at, tags, content: "", sig: "" };
      return { event: event as unknown as NostrEvent, raw, encoding: "json", json: "{}" };
    });
    store.put(events, 1);
    const filter = { "#t": values, limit: 2 } as unknown as Filter;
    assert.deepEqual(
      runSteps(store.search([filter], VIEW, 10)).map(({ createdAtS }) => createdAtS),
      [9, 8],
    );
    assert.deepEqual(runSteps(store.tally([filter], VIEW, 100)), { count: 2, approximate: false });
  } finally {
    store.close();
  }
});

Deno.test("EventStore.search() and tally() look at few rows in a step, and find nothing that came after they began", () => {
  const store = new EventStore(":memory:");
  try {
    const raw = new Uint8Array(1);
    const stored = (n: number): StoredEvent => {
      const id = n.toString(16).padStart(64, "0");
      const tags = [["t", "popular"], ["p", String(n)]];
      const event = {
        id,
        pubkey: "a".repeat(64),
        kind: 1,
        created_at: n,
        tags,
        content: "",
        sig: "",
      };
      return { event: event as unknown as NostrEvent, raw, encoding: "json", json: "{}" };
    };
    store.put(Array.from({ length: 1_000 }, (_, n) => stored(n)), 1);
    const filter = { kinds: [1], "#t": ["popular"] } as unknown as Filter;
    const steps = (of: Iterator<void, unknown>) => {
      let count = 1;
      while (of.next().done !== true) count++;
      return count;
    };
    const least = 1_000 / WINDOW_ROWS;
    const rare = { ...filter, kinds: [2] } as unknown as Filter;
    assert.ok(
      steps(store.search([rare], VIEW, 500)) >= least,
      "nothing is found, all is looked at",
    );
    assert.ok(steps(store.tally([filter], VIEW, 100_000)) >= least);

    const search = store.search([filter], VIEW, 2_000);
    search.next();
    store.put([stored(500_000), stored(500_001)], 1);
    assert.equal(runSteps(search).length, 1_000);
    assert.equal(runSteps(store.search([filter], VIEW, 2_000)).length, 1_002);
    assert.deepEqual(runSteps(store.tally([filter], VIEW, 1_000)), {
      count: 1_000,
      approximate: true,
    });
  } finally {
    store.close();
  }
});

Deno.test("EventStore.search() sees what was stored before it began, and nothing that came after, also where a row's number comes again", () => {
  const store = new EventStore(":memory:");
  const stored = (n: number, created_at: number): StoredEvent => ({
    event: {
      id: idOf(n),
      pubkey: "a".repeat(64),
      kind: 1,
      created_at,
      tags: [],
      content: "",
      sig: "",
    } as unknown as NostrEvent,
    raw: new Uint8Array(1),
    encoding: "json",
    json: "{}",
  });
  const ids = [0, 1, 2].map(idOf);
  const search = () => store.search([{ ids }], VIEW, 10);
  try {
    store.put([stored(0, 5)], 1);
    assert.equal(runSteps(search()).length, 1);
    const early = search();
    early.next();
    store.put([stored(1, 6)], 1);
    assert.deepEqual(runSteps(early).map((found) => found.id), [idOf(0)]);
    assert.deepEqual(runSteps(search()).map((found) => found.id), [idOf(1), idOf(0)]);
    store.removeSelected("SELECT seq, id FROM events WHERE id = ?", [idOf(1)], 1);
    assert.deepEqual(runSteps(search()).map((found) => found.id), [idOf(0)]);
    store.put([stored(2, 7)], 1);
    assert.deepEqual(runSteps(search()).map((found) => found.id), [idOf(2), idOf(0)]);
  } finally {
    store.close();
  }
});
