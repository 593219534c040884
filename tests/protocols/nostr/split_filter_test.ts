import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesAny } from "../../../protocols/nostr/filter.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { splitFilter } from "../../../protocols/nostr/split_filter.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const hex = (n: number) => n.toString(16).padStart(64, "0");

Deno.test("splitFilter() does not split short filters and those with a limit", () => {
  for (const filter of [{}, { kinds: numbers(20) }, { kinds: numbers(40), limit: 5 }]) {
    assert.deepEqual(splitFilter(filter), [filter]);
  }
});

Deno.test("splitFilter() gives filters that match the same events together", () => {
  const few = fc.integer({ min: 0, max: 260 });
  fc.assert(fc.property(few, few, few, few, (kinds, es, kind, e) => {
    const filter = { kinds: numbers(kinds), "#e": numbers(es).map(hex), since: 3 };
    const parts = splitFilter(filter);
    for (const part of parts) {
      assert.ok(part.kinds!.length <= 20 && part["#e"]!.length <= 100);
    }
    const event = { kind, created_at: 4, tags: [["e", hex(e)]] } as unknown as NostrEvent;
    assert.equal(matchesAny(parts, event), matchesAny([filter], event));
  }));
});
