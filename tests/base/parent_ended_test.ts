import assert from "node:assert/strict";
import { parentEnded } from "../../base/parent_ended.ts";
import { ManualTimers } from "../network/door/manual_timers.ts";

Deno.test("parentEnded() aborts when this process has another parent, and stops checking when told to", () => {
  const timers = new ManualTimers();
  const stop = new AbortController();
  let parent = 7;
  const first = parentEnded(stop.signal, () => parent, timers);
  timers.advance(1_000);
  assert.equal(first.aborted, false);
  parent = 1;
  timers.advance(1_000);
  assert.equal(first.aborted, true);

  const second = parentEnded(stop.signal, () => parent, timers);
  stop.abort();
  parent = 8;
  timers.advance(1_000);
  assert.equal(second.aborted, false);
});
