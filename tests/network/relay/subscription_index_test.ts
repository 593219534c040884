import assert from "node:assert/strict";
import fc from "fast-check";
import { SubscriptionIndex } from "../../../network/relay/subscription_index.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { type Filter, matchesAny } from "../../../protocols/nostr/filter.ts";

const hex = fc.constantFrom("a".repeat(64), "b".repeat(64), "c".repeat(64));
const kind = fc.constantFrom(1, 7, 1059);
const value = fc.constantFrom("x", "y", "");
const lists = <T>(of: fc.Arbitrary<T>) => fc.uniqueArray(of, { maxLength: 3 });
const filter = fc.record({
  ids: lists(hex),
  authors: lists(hex),
  kinds: lists(kind),
  "#t": lists(value),
  "#p": lists(value),
  since: fc.constantFrom(1, 5),
}, { requiredKeys: [] }) as fc.Arbitrary<Filter>;
const event = fc.record({
  id: hex,
  pubkey: hex,
  kind,
  created_at: fc.constantFrom(0, 3, 9),
  tags: fc.array(fc.array(fc.oneof(fc.constantFrom("t", "p", "long"), value), { maxLength: 3 })),
  content: fc.constant(""),
  sig: fc.constant(""),
}) as unknown as fc.Arbitrary<NostrEvent>;

Deno.test("SubscriptionIndex.matching() finds what a scan of all subscriptions finds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(filter, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
      fc.array(fc.nat(11)),
      fc.array(event, { maxLength: 8 }),
      (all, removed, events) => {
        const index = new SubscriptionIndex<{ readonly filters: readonly Filter[] }>();
        const open = new Set(all.map((filters) => ({ filters })));
        const list = [...open];
        for (const each of list) index.add(each);
        for (const at of new Set(removed)) {
          if (list[at] === undefined) continue;
          index.remove(list[at]);
          open.delete(list[at]);
        }
        assert.equal(index.size, open.size);
        for (const each of events) {
          const scan = [...open].filter(({ filters }) => matchesAny(filters, each));
          assert.deepEqual(index.matching(each), new Set(scan));
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("SubscriptionIndex.matching() compares a subscription once, however often an event's tags name it", () => {
  const index = new SubscriptionIndex<{ readonly filters: readonly Filter[] }>();
  let compared = 0;
  for (let at = 0; at < 20; at++) {
    const filter: Filter = {
      "#t": ["x", "y"],
      get kinds() {
        compared++;
        return [7];
      },
    };
    index.add({ filters: [filter] });
  }
  compared = 0;
  const tags = Array.from({ length: 1_000 }, (_, at) => ["t", at % 2 === 0 ? "x" : "y"]);
  const event = { id: "", pubkey: "", kind: 1, created_at: 0, tags, content: "", sig: "" };
  assert.equal(index.matching(event as unknown as NostrEvent).size, 0);
  assert.ok(compared > 0 && compared <= 40, `${compared} looks`);
});
