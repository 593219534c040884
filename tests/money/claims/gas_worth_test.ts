import assert from "node:assert/strict";
import { gasWorth } from "../../../money/claims/gas_worth.ts";

function rig(unitsPerNative: bigint) {
  const state = { now: 0, feeWei: 1_000_000_000n, away: false, asked: 0 };
  const market = {
    feePerGasWei() {
      state.asked += 1;
      return state.away ? Promise.reject(new Error("away")) : Promise.resolve(state.feeWei);
    },
  };
  const timers = { now: () => state.now, after: () => () => {} };
  return { state, worth: gasWorth(market, unitsPerNative, timers) };
}

Deno.test("gasWorth() weighs 20 claims and one in the token's units, rounded up", async () => {
  const { worth } = rig(3_000_000_000n);
  assert.equal(await worth.depositUnits(), 6_600_000n);
  assert.equal(await worth.claimUnits(), 330_000n);
  assert.equal(await rig(1n).worth.claimUnits(), 1n);
});

Deno.test("gasWorth() asks for no price where the token is worth nothing", async () => {
  const { state, worth } = rig(0n);
  assert.equal(await worth.depositUnits(), 0n);
  assert.equal(await worth.claimUnits(), 0n);
  assert.equal(state.asked, 0);
});

Deno.test("gasWorth() asks again after ten minutes, and continues with the last price while the chain is away", async () => {
  const { state, worth } = rig(3_000_000_000n);
  await worth.claimUnits();
  state.feeWei = 2_000_000_000n;
  state.now = 599_000;
  assert.equal(await worth.claimUnits(), 330_000n);
  state.now = 601_000;
  assert.equal(await worth.claimUnits(), 660_000n);
  assert.equal(state.asked, 2);
  state.away = true;
  state.now = 2_000_000;
  assert.equal(await worth.claimUnits(), 660_000n);
});

Deno.test("gasWorth() rejects while no price was ever known", async () => {
  const { state, worth } = rig(3_000_000_000n);
  state.away = true;
  await assert.rejects(worth.depositUnits(), /away/);
});
