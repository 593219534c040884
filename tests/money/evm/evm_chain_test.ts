import assert from "node:assert/strict";
import { keccak256 } from "viem";
import { systemTimers } from "../../../base/timers.ts";
import { CLAIM_GAS } from "../../../money/claims/deposit_worth.ts";
import { chainTest, proofOf, useChain } from "../../contracts/chain.ts";
import { callsOf, mined, openChain, optionsFor, signed } from "./on_node.ts";

const node = useChain();

chainTest("evmChain() finds the profile's contracts and says what they are", async () => {
  const at = node();
  using chain = openChain(optionsFor(at));
  const contracts = await chain.contracts();
  const genesis = await at.client.getBlock({ blockNumber: 0n });
  assert.deepEqual(contracts, {
    chainId: 31_337,
    genesisHash: genesis.hash,
    registry: at.registry.toLowerCase(),
    token: at.token.toLowerCase(),
    tokenNetwork: at.network.toLowerCase(),
    decimals: 18,
    symbol: "M2M",
    owner: at.owner.address.toLowerCase(),
    paused: false,
    confirmations: 1,
  });
  await at.send(at.owner, "pause");
  assert.equal((await chain.contracts()).paused, true);
});

chainTest("evmChain() follows a channel from its opening to its settlement", async () => {
  const at = node();
  using chain = openChain(optionsFor(at));
  await at.fund(at.alice, 1_000n);
  const fromBlock = Number(await at.client.getBlockNumber()) + 1;
  const raw = await signed(at, at.alice, callsOf(at).open(at.bob));
  const hash = keccak256(raw);
  assert.deepEqual(await chain.transaction(hash), { state: "unknown" });
  await chain.broadcast(raw);
  await chain.broadcast(raw);
  const status = await mined(chain, raw);
  assert.ok(status.state === "confirmed");
  const id = status.openedChannelId!;
  assert.deepEqual(await chain.channelsBetween(at.bob.address, at.alice.address), [id]);
  const opened = await chain.channel(id);
  const block = await at.client.getBlock({ blockNumber: BigInt(status.blockNumber) });
  assert.deepEqual(opened, {
    channelId: id,
    chainId: 31_337,
    tokenNetworkAddress: at.network.toLowerCase(),
    participants: [at.alice, at.bob].map(({ address }) => address.toLowerCase()).sort()
      .map((address) => ({ address, depositUnits: 0n, claimedUnits: 0n, claimedNonce: 0 })),
    state: "open",
    settlementTimeoutS: 3_600,
    openedAtS: Number(block.timestamp),
    openedBlockHash: block.hash,
    closedAtS: null,
  });

  const alice = async () => {
    await chain.head(0);
    const facts = await chain.channel(id);
    const side = facts!.participants.find((side) =>
      side.address === at.alice.address.toLowerCase()
    );
    return [facts!.state, side!.depositUnits, side!.claimedUnits, side!.claimedNonce];
  };
  await at.send(at.alice, "setTotalDeposit", id, at.alice.address, 1_000n);
  assert.deepEqual(await alice(), ["open", 1_000n, 0n, 0]);
  const signature = at.sign(at.alice, proofOf(id as `0x${string}`, 7, 300n));
  const claim = callsOf(at).claim(id, 7, 300n, signature);
  assert.equal(await chain.simulate(claim, at.bob.address), null);
  assert.equal(await chain.simulate(claim, at.stranger.address), "InvalidParticipant");
  const claimed = await signed(at, at.bob, claim);
  await chain.broadcast(claimed);
  const paid = await mined(chain, claimed);
  assert.ok(
    paid.state === "confirmed" && paid.gasUsed <= CLAIM_GAS,
    `${paid.state === "confirmed" && paid.gasUsed}`,
  );
  assert.deepEqual(await alice(), ["open", 1_000n, 300n, 7]);
  await at.send(at.alice, "closeChannel", id);
  assert.deepEqual(await alice(), ["closed", 1_000n, 300n, 7]);
  assert.notEqual((await chain.channel(id))!.closedAtS, null);
  await at.later(3_600n);
  await at.send(at.stranger, "settleChannel", id);
  assert.equal((await alice())[0], "settled");
  assert.deepEqual(await chain.channelsBetween(at.alice.address, at.bob.address), []);
  const { events } = await chain.channelEvents([id], fromBlock);
  assert.deepEqual(events.map(({ name }) => name), [
    "opened",
    "deposit",
    "claimed",
    "closed",
    "settled",
  ]);
  assert.ok(events.every(({ confirmed }) => confirmed));
  assert.equal(await chain.channel(`0x${"12".repeat(32)}`), null);
});

chainTest("evmChain() prices a call, and names the contract's refusal", async () => {
  const at = node();
  using chain = openChain(optionsFor(at));
  const calls = callsOf(at);
  const quote = await chain.quote(calls.open(at.bob), at.alice.address);
  assert.ok(quote.gasLimit > 100_000n && quote.gasLimit < 200_000n, `${quote.gasLimit}`);
  assert.equal(quote.maxFeeWei, quote.gasLimit * quote.maxFeePerGasWei);
  await assert.rejects(() => chain.quote(calls.open(at.bob, 1), at.alice.address), {
    code: "reverted",
    reason: "InvalidSettlementTimeout",
  });
  await assert.rejects(() => chain.quote(calls.transfer(at.bob, 1n), at.alice.address), {
    code: "funds",
    reason: "ERC20InsufficientBalance",
  });
  await at.send(at.owner, "pause");
  await assert.rejects(() => chain.quote(calls.open(at.bob), at.alice.address), {
    code: "reverted",
    reason: "EnforcedPause",
  });
});

chainTest(
  "evmChain() tells a reverted transaction with its reason, and used nonces and low fees",
  async () => {
    const at = node();
    using chain = openChain(optionsFor(at));
    const calls = callsOf(at);
    const nonce = await at.client.getTransactionCount({ address: at.alice.address });
    const raw = await signed(at, at.alice, calls.open(at.bob, 1), { nonce });
    await chain.broadcast(raw);
    const status = await mined(chain, raw);
    assert.ok(status.state === "reverted", status.state);
    assert.equal(status.reason, "InvalidSettlementTimeout");
    const again = await signed(at, at.alice, calls.open(at.bob), { nonce });
    await assert.rejects(() => chain.broadcast(again), { code: "nonce_used" });
    const cheap = await signed(at, at.alice, calls.open(at.bob), { maxFeePerGas: 1_000_000n });
    await assert.rejects(() => chain.broadcast(cheap), { code: "underpriced" });
    const counts = await chain.transactionCount(at.alice.address);
    assert.deepEqual(counts, { confirmed: nonce + 1, latest: nonce + 1, pending: nonce + 1 });
  },
);

chainTest("evmChain() asks when told to ask now, though its clock stands still", async () => {
  const at = node();
  using chain = openChain(optionsFor(at, { pollMs: 3_600_000 }), {
    timers: { ...systemTimers, now: () => 1_900_000_000_000 },
  });
  const { blockNumber } = await chain.head(0);
  await at.client.mine({ blocks: 2 });
  assert.equal((await chain.head(0)).blockNumber, blockNumber + 2);
  await at.client.mine({ blocks: 1 });
  assert.equal((await chain.head(1)).blockNumber, blockNumber + 2);
});

chainTest(
  "evmChain() finds a channel that was opened after its last look, though its clock stands still",
  async () => {
    const at = node();
    using chain = openChain(optionsFor(at, { pollMs: 3_600_000 }), {
      timers: { ...systemTimers, now: () => 1_900_000_000_000 },
    });
    await chain.head(0);
    const channelId = await at.open(at.alice, at.bob);
    assert.equal((await chain.channel(channelId))?.state, "open");
  },
);

chainTest("evmChain() tells what gas costs now, never more than its ceilings", async () => {
  const at = node();
  await at.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 2_000_000_000n });
  await at.client.mine({ blocks: 1 });
  using chain = openChain(optionsFor(at, { maxPriorityFeePerGasWei: 5n }));
  const { baseFeePerGas } = await at.client.getBlock();
  assert.equal(await chain.feePerGasWei(), baseFeePerGas! + 5n);
  using poor = openChain(optionsFor(at, { maxFeePerGasWei: 7n }));
  assert.equal(await poor.feePerGasWei(), 7n);
  await at.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1_000_000_000n });
});
