import assert from "node:assert/strict";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { Claim } from "../../../protocols/evm/claim.ts";
import type { ChannelFacts } from "../../../money/evm/chain.ts";
import { ClaimGate } from "../../../money/receiver/claim_gate.ts";
import type { ReceiverDeps } from "../../../money/receiver/receiver_options.ts";

const PAYER = asAddress(`0x${"11".repeat(20)}`);
const OWN = asAddress(`0x${"22".repeat(20)}`);
const NETWORK = asAddress(`0x${"c1".repeat(20)}`);
const CHANNEL = asChannelId(`0x${"aa".repeat(32)}`);
const NEW = { nonce: 0, cumulative: 0n };

function claimOf(nonce: number, transferredAmount = 300n): Claim {
  return {
    messageId: "m",
    timestamp: "2030-01-01T00:00:00.000Z",
    senderId: "s",
    channelId: CHANNEL,
    nonce,
    transferredAmount,
    signature: `0x${"00".repeat(65)}`,
    signerAddress: PAYER,
    chainId: 31337,
    tokenNetworkAddress: NETWORK,
  };
}

/** A gate whose chain and contract a test may change. */
function rig() {
  const state = {
    now: 0,
    depositUnits: 1_000n,
    claimedUnits: 0n,
    says: null as string | null,
    leastDeposit: 0n,
    asked: 0,
    simulated: 0,
  };
  const deps = {
    timers: {
      now: () => state.now,
      after: (ms: number, task: () => void) => {
        queueMicrotask(() => {
          state.now += ms;
          task();
        });
        return () => {};
      },
    },
    recover: () => PAYER,
    chain: {
      channel(): Promise<ChannelFacts> {
        state.asked += 1;
        const { depositUnits, claimedUnits } = state;
        return Promise.resolve({
          channelId: CHANNEL,
          chainId: 31337,
          tokenNetworkAddress: NETWORK,
          participants: [
            { address: PAYER, depositUnits, claimedUnits, claimedNonce: 0 },
            { address: OWN, depositUnits: 0n, claimedUnits: 0n, claimedNonce: 0 },
          ],
          state: "open",
          settlementTimeoutS: 86_400,
        });
      },
    },
    leastDeposit: () => Promise.resolve(state.leastDeposit),
    simulate: () => {
      state.simulated += 1;
      return Promise.resolve(state.says);
    },
  } as unknown as ReceiverDeps;
  return { state, gate: new ClaimGate({ ilpAddress: "test.a", paymentAddress: OWN }, deps) };
}

Deno.test("ClaimGate asks the contract about the first claim and every 1,000th", async () => {
  const { state, gate } = rig();
  assert.equal(await gate.check(claimOf(1), NEW), null);
  for (let nonce = 1; nonce < 1_000; nonce += 1) {
    assert.equal(await gate.check(claimOf(nonce + 1), { nonce, cumulative: 300n }), null);
  }
  assert.equal(state.simulated, 1);
  assert.equal(await gate.check(claimOf(1_001), { nonce: 1_000, cumulative: 300n }), null);
  assert.equal(state.simulated, 2);
});

Deno.test("ClaimGate asks again until the contract agreed once", async () => {
  const { state, gate } = rig();
  state.says = "InvalidSignature";
  assert.equal(await gate.check(claimOf(1), NEW), "not_payable");
  assert.equal(await gate.check(claimOf(1), NEW), "not_payable");
  state.says = null;
  assert.equal(await gate.check(claimOf(1), NEW), null);
  assert.equal(state.simulated, 3);
});

Deno.test("ClaimGate does not ask about a channel that paid before the restart", async () => {
  const { state, gate } = rig();
  assert.equal(await gate.check(claimOf(8), { nonce: 7, cumulative: 200n }), null);
  assert.equal(state.simulated, 0);
});

Deno.test("ClaimGate accepts NothingToClaim only for a claim that adds nothing", async () => {
  const { state, gate } = rig();
  state.says = "NothingToClaim";
  assert.equal(await gate.check(claimOf(1, 300n), NEW), "not_payable");
  assert.equal(await gate.check(claimOf(1, 0n), NEW), null);
});

Deno.test("ClaimGate counts a deposit that was raised since the facts were read", async () => {
  const { state, gate } = rig();
  assert.equal(await gate.check(claimOf(1), NEW), null);
  state.depositUnits = 2_000n;
  state.now = 1_000;
  const tip = { nonce: 1, cumulative: 300n };
  assert.equal(await gate.check(claimOf(2, 1_500n), tip), null);
  assert.equal(state.asked, 2);
  // Facts of this very moment may be older than the deposit: they speak against no claim.
  state.depositUnits = 2_500n;
  assert.equal(await gate.check(claimOf(3, 2_500n), tip), null);
  assert.deepEqual([state.asked, state.now], [3, 1_200]);
  // A payer that continues does not make the gate ask the chain for each of its claims.
  const claims = [3, 4, 5, 6].map((nonce) => gate.check(claimOf(nonce, 3_500n), tip));
  assert.deepEqual(await Promise.all(claims), Array(4).fill("over_deposit"));
  assert.deepEqual([state.asked, state.now], [4, 1_400]);
});

Deno.test("ClaimGate accepts no new channel whose deposit is not worth its gas, and keeps every channel that pays", async () => {
  const { state, gate } = rig();
  state.leastDeposit = 1_001n;
  assert.equal(await gate.check(claimOf(1), NEW), "deposit_too_small");
  state.leastDeposit = 1_000n;
  assert.equal(await gate.check(claimOf(1), NEW), null);
  state.leastDeposit = 5_000n;
  assert.equal(await gate.check(claimOf(2), { nonce: 1, cumulative: 300n }), null);
});

Deno.test("ClaimGate looks up a channel that has paid, however many unknown ones are asked for", async () => {
  const { gate } = rig();
  const of = (at: number) => ({
    ...claimOf(2),
    channelId: asChannelId(`0x${at.toString(16).padStart(64, "0")}`),
  });
  const paid = { nonce: 1, cumulative: 300n };
  for (let at = 0; at < 20; at++) assert.equal(await gate.check(of(at), NEW), null);
  assert.equal(await gate.check(of(20), NEW), "rate_limited");
  assert.equal(await gate.check({ ...of(21), transferredAmount: 400n }, paid), null);
});
