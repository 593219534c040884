/** A connector whose clock differs from ours. */
import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { connected, payment, rig } from "./rig.ts";

const AHEAD_MS = 40_000;
// Clocks that stand still: how long the machine takes to connect does not count.
const NOW_MS = Date.now();
const still = { ...systemTimers, now: () => NOW_MS };
const ahead = { ...systemTimers, now: () => NOW_MS + AHEAD_MS };

Deno.test("connectorClient() names the clock when packets expire at a connector whose clock is ahead", async () => {
  await using net = await rig({}, undefined, undefined, { timers: ahead });
  const lines: string[] = [];
  const client = net.client({}, undefined, {
    timers: still,
    log: (level, message, fields) => void lines.push(`${level} ${message}: ${fields?.reason}`),
  });
  await connected(client);
  const words = /this machine's clock is (39|40|41) s behind that of the connector/;
  assert.match(lines.find((line) => line.startsWith("warn the clocks differ")) ?? "", words);
  assert.ok(Math.abs((await client.status()).line.clockOffsetMs! - AHEAD_MS) < 2_000);
  const outcome = await client.pay(payment(10n));
  assert.ok(outcome.state === "refused" && outcome.code === "R00");
  assert.match(outcome.message, words);
  assert.match(
    outcome.message,
    /^Expired before it arrived at \d{4}-\d\d-\d\dT.*Z by the clock here;/,
  );
});

Deno.test("connectorClient() reports nothing for a connector with the same clock", async () => {
  await using net = await rig({}, undefined, undefined, { timers: still });
  const lines: string[] = [];
  const client = net.client({}, undefined, {
    timers: still,
    log: (_level, message) => void lines.push(message),
  });
  await connected(client);
  assert.equal(lines.includes("the clocks differ"), false);
  assert.ok(Math.abs((await client.status()).line.clockOffsetMs!) < 2_000);
});
