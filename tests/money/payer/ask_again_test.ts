import assert from "node:assert/strict";
import { AskAgain } from "../../../money/payer/ask_again.ts";

Deno.test("AskAgain waits a second, then twice as long each time, up to a minute, for each packet separately", () => {
  const asks = new AskAgain();
  let nowMs = 1_000_000;
  for (const waitS of [1, 2, 4, 8, 16, 32, 60, 60]) {
    asks.sent(1, nowMs);
    assert.ok(asks.due(2, nowMs), "the other one was not sent yet");
    assert.ok(!asks.due(1, nowMs + waitS * 1_000 - 1), `${waitS} s are not over`);
    assert.ok(asks.due(1, nowMs + waitS * 1_000));
    assert.ok(!asks.due(1, nowMs));
    assert.ok(asks.due(1, nowMs - 1), "the clock was set back");
    nowMs += waitS * 1_000;
  }
  asks.forget(1);
  assert.ok(asks.due(1, nowMs));
  asks.sent(1, nowMs);
  asks.sent(2, nowMs);
  asks.reset();
  assert.ok(asks.due(1, nowMs) && asks.due(2, nowMs));
  asks.sent(1, nowMs);
  assert.ok(asks.due(1, nowMs + 1_000), "from the first wait on");
});
