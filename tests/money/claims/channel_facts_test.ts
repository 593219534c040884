import assert from "node:assert/strict";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { Chain, ChannelFacts } from "../../../money/evm/chain.ts";
import { ChannelFactsCache } from "../../../money/claims/channel_facts.ts";
import { ManualTimers } from "../../network/door/manual_timers.ts";

const idOf = (at: number) => asChannelId(`0x${at.toString(16).padStart(64, "0")}`);
const A = idOf(1);

function factsOf(channelId: string): ChannelFacts {
  return {
    channelId: asChannelId(channelId),
    chainId: 31_337,
    tokenNetworkAddress: asAddress(`0x${"c1".repeat(20)}`),
    participants: [
      { address: `0x${"11".repeat(20)}`, depositUnits: 1n, claimedUnits: 0n, claimedNonce: 0 },
      { address: `0x${"22".repeat(20)}`, depositUnits: 0n, claimedUnits: 0n, claimedNonce: 0 },
    ].map((each) => ({ ...each, address: asAddress(each.address) })) as never,
    state: "open",
    settlementTimeoutS: 86_400,
  };
}

/** A chain that knows every channel, or none, and counts its calls. */
function asked() {
  const questions: { readonly id: string; readonly fresh: boolean }[] = [];
  const place = { questions, none: false };
  const chain: Pick<Chain, "channel"> = {
    channel(id, options) {
      questions.push({ id, fresh: options?.fresh === true });
      return Promise.resolve(place.none ? null : factsOf(id));
    },
  };
  return Object.assign(place, { chain: chain as Chain });
}

Deno.test("ChannelFactsCache gives facts for three seconds, and asks again when the clock was set back by as much", async () => {
  const at = asked();
  const timers = new ManualTimers();
  timers.advance(1_000_000);
  const cache = new ChannelFactsCache(at.chain, timers);
  await cache.get(A);
  timers.advance(2_999);
  assert.deepEqual(await cache.get(A), factsOf(A));
  assert.equal(at.questions.length, 1);
  timers.advance(1);
  await cache.get(A);
  assert.equal(at.questions.length, 2);
  timers.advance(-2_999);
  await cache.get(A);
  assert.equal(at.questions.length, 2);
  timers.advance(-1);
  await cache.get(A);
  assert.equal(at.questions.length, 3);
});

Deno.test("ChannelFactsCache asks once for those who come at the same time", async () => {
  const at = asked();
  const cache = new ChannelFactsCache(at.chain, new ManualTimers());
  await Promise.all([cache.get(A), cache.get(A), cache.get(A)]);
  assert.deepEqual(at.questions, [{ id: A, fresh: false }]);
});

Deno.test("ChannelFactsCache looks up so many unknown channels, then one a second; accounts are never unknown", async () => {
  const at = asked();
  at.none = true;
  const timers = new ManualTimers();
  const cache = new ChannelFactsCache(at.chain, timers, 2);
  assert.equal(await cache.get(idOf(1)), null);
  assert.equal(await cache.get(idOf(2)), null);
  assert.equal(await cache.get(idOf(3)), "rate_limited");
  assert.equal(await cache.get(idOf(4), true), null);
  timers.advance(999);
  assert.equal(await cache.get(idOf(5)), "rate_limited");
  timers.advance(1);
  assert.equal(await cache.get(idOf(5)), null);
  assert.deepEqual(at.questions.map(({ id }) => id), [1, 2, 4, 5].map(idOf));
});

Deno.test("ChannelFactsCache holds 4,096 channels, and forgets the oldest", async () => {
  const at = asked();
  const cache = new ChannelFactsCache(at.chain, new ManualTimers(), 1);
  for (let each = 0; each < 4_096; each++) await cache.get(idOf(each), true);
  await cache.get(idOf(0), true);
  assert.equal(at.questions.length, 4_096);
  await cache.get(idOf(4_096), true);
  await cache.get(idOf(1), true);
  assert.equal(at.questions.length, 4_097);
  await cache.get(idOf(0), true);
  assert.equal(at.questions.length, 4_098);
});

Deno.test("ChannelFactsCache.newer() asks at most every 200 ms, once for all who wait, and forgets a channel that is gone", async () => {
  const at = asked();
  const timers = new ManualTimers();
  const cache = new ChannelFactsCache(at.chain, timers);
  await cache.get(A);
  await cache.newer(A);
  assert.deepEqual(at.questions.map(({ fresh }) => fresh), [false, true]);
  timers.advance(50);
  const waiting = [cache.newer(A), cache.newer(A)];
  timers.advance(149);
  await Promise.resolve();
  assert.equal(at.questions.length, 2);
  at.none = true;
  timers.advance(1);
  assert.deepEqual(await Promise.all(waiting), [null, null]);
  assert.equal(at.questions.length, 3);
  assert.equal(await cache.get(A), null);
  assert.equal(at.questions.length, 4);
});
