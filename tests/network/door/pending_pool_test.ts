import assert from "node:assert/strict";
import { type Expelled, PendingPool } from "../../../network/door/pending_pool.ts";
import { addressGroup } from "../../../base/address_group.ts";
import { ManualTimers } from "./manual_timers.ts";

function poolOf(maxPending: number, maxPendingPerAddress: number, pendingMs = 1_000) {
  const timers = new ManualTimers();
  const expelled: [string, Expelled][] = [];
  const limits = { maxPending, maxPendingPerAddress, pendingMs };
  const pool = new PendingPool<string>(limits, timers, (name, why) => expelled.push([name, why]));
  return { timers, expelled, pool };
}

Deno.test("PendingPool closes each connection that stays too long, after its own time", () => {
  const { timers, expelled, pool } = poolOf(9, 9);
  pool.add("first", "a");
  timers.advance(400);
  pool.add("second", "b");
  timers.advance(599);
  assert.deepEqual(expelled, []);
  timers.advance(1);
  assert.deepEqual(expelled, [["first", "late"]]);
  timers.advance(400);
  assert.deepEqual(expelled, [["first", "late"], ["second", "late"]]);
  assert.deepEqual([pool.size, timers.size], [0, 0]);
});

Deno.test("PendingPool gives nobody more time when the clock is set back", () => {
  const { timers, expelled, pool } = poolOf(9, 9);
  pool.add("first", "a");
  timers.setBack(3_600_000);
  timers.advance(1_000);
  timers.advance(1_000);
  assert.deepEqual(expelled, [["first", "late"]]);
});

Deno.test("PendingPool closes the oldest connection when it is full, first one of the same address", () => {
  const { expelled, pool } = poolOf(3, 2);
  pool.add("old", "a");
  pool.add("one", "b");
  pool.add("two", "b");
  pool.add("three", "b");
  assert.deepEqual(expelled, [["one", "crowded"]], "of its own address, although another is older");
  pool.add("four", "c");
  assert.deepEqual(expelled.at(-1), ["old", "crowded"]);
  assert.equal(pool.size, 3);
});

Deno.test("PendingPool forgets connections that left in time, and holds no timer when it is empty", () => {
  const { timers, expelled, pool } = poolOf(2, 2);
  pool.add("one", "a");
  assert.equal(pool.leave("one"), true);
  assert.equal(pool.leave("one"), false);
  timers.advance(1_000);
  assert.deepEqual([expelled.length, pool.size, timers.size], [0, 0, 0]);
  pool.add("two", "a");
  pool.close();
  assert.deepEqual([pool.size, timers.size], [0, 0]);
});

Deno.test("addressGroup() counts an IPv4 address alone, and an IPv6 address with its /64", () => {
  const cases: [string, string][] = [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:0DB8:0001:0002::", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ];
  for (const [address, group] of cases) assert.equal(addressGroup(address), group, address);
});
