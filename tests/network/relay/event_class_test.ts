import assert from "node:assert/strict";
import { classOfKind, indexedTags } from "../../../network/relay/event_class.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";

Deno.test("classOfKind() follows NIP-01", () => {
  for (
    const [kind, expected] of [
      [0, "replaceable"],
      [1, "regular"],
      [3, "replaceable"],
      [5050, "regular"],
      [9_999, "regular"],
      [10_000, "replaceable"],
      [19_999, "replaceable"],
      [20_000, "ephemeral"],
      [29_999, "ephemeral"],
      [30_000, "addressable"],
      [39_999, "addressable"],
      [40_000, "regular"],
      [65_535, "regular"],
    ] as const
  ) assert.equal(classOfKind(kind), expected, `${kind}`);
});

Deno.test("indexedTags() has each pair of a letter and a value once, of few tags and of many", () => {
  const named = (...tags: string[][]) => indexedTags({ tags } as unknown as NostrEvent);
  const pairs = [["a", "x"], ["Z", "x"], ["z", "x"], ["A", "y"], ["a", ""]];
  const others = [["", "x"], ["ab", "x"], ["@", "x"], ["[", "x"], ["`", "x"], ["{", "x"], [
    "1",
    "x",
  ]]
    .concat([["\u0141", "x"], ["\u{1d4d0}", "x"], ["t"], []]);
  assert.deepEqual(named(...pairs, ...others, ...pairs.slice(0, 2)), pairs);
  const many = Array.from({ length: 300 }, (_, n) => ["t", `${n % 150}`]);
  assert.deepEqual(named(...many, ...others), many.slice(0, 150));
});
