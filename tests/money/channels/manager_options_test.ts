import assert from "node:assert/strict";
import { channelManagerSettings } from "../../../money/channels/manager_options.ts";

const DEFAULTS = {
  peers: [],
  asset: { code: "M2M", scale: 6 },
  automaticDeposits: true,
  automaticDepositsPerDay: 1,
  automaticDepositUnits: 50_000_000n,
  automaticOpensPerDay: 1,
  maxDepositUnits: 100_000_000n,
  maxLockedUnits: 1_000_000_000n,
  settlementTimeoutS: 24 * 3_600,
  maxSettlementTimeoutS: 30 * 24 * 3_600,
  lowBalancePercent: 10,
  claimAboveUnits: 10_000_000n,
  claimEveryMs: 6 * 3_600_000,
  claimFloorUnits: 1n,
  unitsPerNative: 0n,
  settleByItself: true,
  recoverByItself: true,
  watchEveryMs: 2_000,
  replaceAfterMs: 45_000,
  closeWaitMs: 10_000,
  patienceMs: 120_000,
};

Deno.test("channelManagerSettings() has the values that the options' comments name", () => {
  assert.deepEqual(channelManagerSettings({}), DEFAULTS);
});

Deno.test("channelManagerSettings() keeps every given value, also 0 and false", () => {
  const told = {
    peers: [{ name: "bob", address: `0x${"b".repeat(40)}` }],
    asset: { code: "TOK", scale: 3 },
    automaticDeposits: false,
    automaticDepositsPerDay: 0,
    automaticDepositUnits: 0n,
    automaticOpensPerDay: 0,
    maxDepositUnits: 0n,
    maxLockedUnits: 2n,
    settlementTimeoutS: 1,
    maxSettlementTimeoutS: 2,
    lowBalancePercent: 0,
    claimAboveUnits: 0n,
    claimEveryMs: 0,
    claimFloorUnits: 0n,
    unitsPerNative: 7n,
    settleByItself: false,
    recoverByItself: false,
    watchEveryMs: 1,
    replaceAfterMs: 0,
    closeWaitMs: 0,
    patienceMs: 0,
  };
  assert.deepEqual(channelManagerSettings(told), told);
});

Deno.test("channelManagerSettings() counts whole units in the asset's scale, and locks at most ten deposits", () => {
  const { automaticDepositUnits, maxDepositUnits, claimAboveUnits } = channelManagerSettings({
    asset: { code: "TOK", scale: 3 },
  });
  assert.deepEqual([automaticDepositUnits, maxDepositUnits, claimAboveUnits], [
    50_000n,
    100_000n,
    10_000n,
  ]);
  assert.equal(channelManagerSettings({ maxDepositUnits: 7n }).maxLockedUnits, 70n);
});
