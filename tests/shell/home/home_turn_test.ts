import assert from "node:assert/strict";
import { HomeTurn } from "../../../shell/home/home_turn.ts";

function turnOf() {
  const told: string[] = [];
  const clock = { nowMs: 0 };
  return { turn: new HomeTurn(() => clock.nowMs, (holder) => told.push(holder)), told, clock };
}

Deno.test("HomeTurn gives each holder of the home its own time, so that a queue that moves is waited for", () => {
  const { turn, clock } = turnOf();
  for (let holder = 1; holder <= 10; holder++) {
    turn.see(`process ${holder}`);
    clock.nowMs += 20_000;
    turn.see(`process ${holder}`);
    turn.see(null);
    assert.equal(turn.leftMs, 10_000);
  }
});

Deno.test("HomeTurn ends when one holder keeps the home for 30 s", () => {
  const { turn, clock } = turnOf();
  turn.see("process 1");
  clock.nowMs += 29_999;
  turn.see("process 1");
  assert.equal(turn.leftMs, 1);
  clock.nowMs += 2;
  assert.equal(turn.leftMs, 0);
});

Deno.test("HomeTurn reports once whom it waits for, and nothing of a short wait", () => {
  const { turn, told, clock } = turnOf();
  turn.see("process 1");
  clock.nowMs += 2_999;
  turn.see("process 1");
  assert.deepEqual(told, []);
  clock.nowMs += 1;
  turn.see("process 1");
  clock.nowMs += 60_000;
  turn.see("process 1");
  assert.deepEqual(told, ["process 1"]);
});
