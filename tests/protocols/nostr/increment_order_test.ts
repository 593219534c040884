import assert from "node:assert/strict";
import {
  incrementObligation,
  incrementOrder,
  IncrementOrderError,
  readIncrementOrder,
} from "../../../protocols/nostr/increment_order.ts";

const ORDER = { requestId: "a".repeat(64), provider: "b".repeat(64), number: 2 };

Deno.test("readIncrementOrder() reads what incrementOrder() makes", () => {
  assert.deepEqual(readIncrementOrder(incrementOrder(ORDER, 5)), ORDER);
  assert.equal(incrementObligation(ORDER.requestId, 12), `increment:${"a".repeat(64)}/12`);
});

Deno.test("readIncrementOrder() refuses another kind, repeated tags, and invalid numbers", () => {
  const made = incrementOrder(ORDER, 5);
  const numbered = (text: string) => ({
    ...made,
    tags: [...made.tags.slice(0, 2), ["increment", text]],
  });
  for (
    const order of [
      { ...made, kind: 25_603 },
      { ...made, tags: made.tags.slice(1) },
      { ...made, tags: [...made.tags, ["increment", "3"]] },
      { ...made, tags: [["e", "A".repeat(64)], ...made.tags.slice(1)] },
      ...["0", "1", "02", "-2", "2.5", "9999999", "", "2 "].map(numbered),
    ]
  ) assert.throws(() => readIncrementOrder(order), IncrementOrderError);
});
