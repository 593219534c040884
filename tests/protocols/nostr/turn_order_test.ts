import assert from "node:assert/strict";
import {
  IncrementOrderError,
  readIncrementOrder,
} from "../../../protocols/nostr/increment_order.ts";
import { readerOf } from "../../../protocols/nostr/private_job.ts";
import {
  isPaused,
  isTurn,
  MAX_TURNS,
  readTurnOrder,
  turnObligation,
  turnOrder,
} from "../../../protocols/nostr/turn_order.ts";

const ORDER = { requestId: "a".repeat(64), provider: "b".repeat(64), turn: 3 };

Deno.test("readTurnOrder() reads what turnOrder() makes; an odd turn pauses", () => {
  const order = turnOrder(ORDER, 5, false);
  assert.deepEqual(readTurnOrder(order), ORDER);
  assert.ok(isTurn(order) && isPaused(3) && !isPaused(0) && !isPaused(4));
  assert.equal(turnObligation(ORDER.requestId, 3), `turn:${ORDER.requestId}/3`);
  assert.deepEqual(
    [readerOf(order), readerOf(turnOrder(ORDER, 5, true))],
    [null, ORDER.provider],
  );
});

Deno.test("readTurnOrder() refuses what is no turn, and a turn is no increment", () => {
  const made = turnOrder(ORDER, 5, false);
  const changed = (name: string, ...tags: string[][]) => ({
    ...made,
    tags: [...made.tags.filter((tag) => tag[0] !== name), ...tags],
  });
  for (
    const wrong of [
      { ...made, kind: 1 },
      changed("e"),
      changed("p", ["p", "x"]),
      changed("turn"),
      changed("turn", ["turn", "0"]),
      changed("turn", ["turn", "1"], ["turn", "2"]),
      changed("turn", ["turn", String(MAX_TURNS + 1)]),
      changed("turn", ["turn", "1e2"]),
    ]
  ) assert.throws(() => readTurnOrder(wrong), IncrementOrderError);
  assert.throws(() => readIncrementOrder(made), IncrementOrderError);
});
