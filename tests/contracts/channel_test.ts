import { tokenNetworkAbi } from "../../contracts/abi.ts";
import assert from "node:assert/strict";
import { type Hex, zeroAddress } from "viem";
import { channelIdOf } from "../../protocols/evm/channel_id.ts";
import { chainTest, proofOf, useChain } from "./chain.ts";

const chain = useChain();
const HOUR = 3_600n;

/** A channel that Alice opened to Bob with a deposit of 1,000 on each side. */
async function funded(deposit = 1_000n): Promise<Hex> {
  const { alice, bob, fund, open, send } = chain();
  const id = await open(alice, bob);
  for (const side of [alice, bob]) {
    await fund(side, deposit);
    const { error } = await send(side, "setTotalDeposit", id, side.address, deposit);
    assert.equal(error, null);
  }
  return id;
}

chainTest(
  "openChannel() sorts the two, counts, and allows several channels between them",
  async () => {
    const { alice, bob, network, send, channel, client } = chain();
    const [low, high] = [alice.address, bob.address].sort((a, b) => BigInt(a) < BigInt(b) ? -1 : 1);
    for (const [counter, [from, to]] of [[alice, bob], [bob, alice], [alice, bob]].entries()) {
      const { events, error } = await send(from, "openChannel", to.address, HOUR);
      assert.equal(error, null);
      const channelId = channelIdOf(from.address, to.address, counter);
      assert.deepEqual(events, [{
        name: "ChannelOpened",
        args: { channelId, participant1: low, participant2: high, settlementTimeout: HOUR },
      }]);
      const { timestamp } = await client.getBlock();
      assert.deepEqual(await channel(channelId as Hex), [HOUR, 1, 0n, timestamp, low, high]);
    }
    const counter = await client.readContract({
      address: network,
      abi: tokenNetworkAbi,
      functionName: "channelCounter",
    });
    assert.equal(counter, 3n);
  },
);

chainTest("openChannel() accepts the shortest and the longest timeout alone", async () => {
  const { alice, bob, send } = chain();
  const year = 365n * 24n * HOUR;
  const cases = [
    { timeout: 0n, error: "InvalidSettlementTimeout" },
    { timeout: HOUR - 1n, error: "InvalidSettlementTimeout" },
    { timeout: HOUR, error: null },
    { timeout: year, error: null },
    { timeout: year + 1n, error: "InvalidSettlementTimeout" },
    { timeout: 2n ** 256n - 1n, error: "InvalidSettlementTimeout" },
  ];
  for (const { timeout, error } of cases) {
    const outcome = await send(alice, "openChannel", bob.address, timeout);
    assert.equal(outcome.error, error, String(timeout));
  }
});

chainTest("openChannel() refuses nobody and oneself", async () => {
  const { alice, send } = chain();
  for (const address of [zeroAddress, alice.address]) {
    const { error } = await send(alice, "openChannel", address, HOUR);
    assert.equal(error, "InvalidParticipant");
  }
});

chainTest(
  "setTotalDeposit() takes the difference from its caller, who may be a stranger",
  async () => {
    const { alice, bob, stranger, network, fund, open, send, side, balanceOf } = chain();
    const id = await open(alice, bob);
    await fund(alice, 1_000n);
    await fund(stranger, 1_000n);
    const steps = [
      { from: alice, of: alice, total: 400n, left: 600n },
      { from: alice, of: alice, total: 400n, left: 600n, note: "again: nothing is taken" },
      { from: alice, of: alice, total: 1_000n, left: 0n },
      { from: stranger, of: alice, total: 1_300n, left: 700n },
      { from: stranger, of: bob, total: 700n, left: 0n },
    ];
    for (const { from, of, total, left } of steps) {
      const { events, error } = await send(from, "setTotalDeposit", id, of.address, total);
      assert.equal(error, null);
      assert.deepEqual(events[0], {
        name: "ChannelNewDeposit",
        args: { channelId: id, participant: of.address, totalDeposit: total },
      });
      assert.deepEqual(await side(id, of.address), [total, 0n, 0n]);
      assert.equal(await balanceOf(from.address), left);
    }
    assert.equal(await balanceOf(network), 2_000n);
  },
);

chainTest("setTotalDeposit() refuses without moving a token", async () => {
  const { alice, bob, stranger, network, send, sendTo, token, balanceOf } = chain();
  const id = await funded();
  const limit = 10n ** 24n;
  await sendTo(token, alice, "faucet", [alice.address, 10n]);
  const none: Hex = `0x${"ab".repeat(32)}`;
  const cases = [
    { name: "no channel", id: none, of: alice, total: 1_001n, error: "InvalidChannelState" },
    { name: "no side", id, of: stranger, total: 1_001n, error: "InvalidParticipant" },
    { name: "lower", id, of: alice, total: 999n, error: "InsufficientDeposit" },
    { name: "above the limit", id, of: alice, total: limit + 1n, error: "DepositLimitExceeded" },
    { name: "wraps 96 bits", id, of: alice, total: 2n ** 96n, error: "DepositLimitExceeded" },
    { name: "nothing approved", id, of: alice, total: 1_001n, error: "ERC20InsufficientAllowance" },
  ];
  for (const { name, id, of, total, error } of cases) {
    assert.equal((await send(alice, "setTotalDeposit", id, of.address, total)).error, error, name);
  }
  await sendTo(token, alice, "approve", [network, limit]);
  const poor = await send(alice, "setTotalDeposit", id, bob.address, limit);
  assert.equal(poor.error, "ERC20InsufficientBalance", "not enough tokens");
  assert.equal(await balanceOf(network), 2_000n);
});

chainTest(
  "claimFromChannel() pays what is new, in both directions, before and after the close",
  async () => {
    const { alice, bob, send, sign, side, claimed, balanceOf, later } = chain();
    const id = await funded();
    const claim = async (
      by: typeof alice,
      of: typeof alice,
      nonce: number,
      total: bigint,
      paid: bigint,
    ) => {
      const proof = proofOf(id, nonce, total);
      const before = await balanceOf(by.address);
      const { error, events } = await send(by, "claimFromChannel", id, proof, sign(of, proof));
      assert.equal(error, null);
      assert.deepEqual(events[0], {
        name: "ChannelClaimed",
        args: { channelId: id, claimant: by.address, claimedAmount: paid, totalClaimed: total },
      });
      assert.equal(await balanceOf(by.address) - before, paid);
      assert.deepEqual(await side(id, of.address), [1_000n, BigInt(nonce), total]);
      assert.equal(await claimed(id, by.address), total);
    };
    await claim(bob, alice, 1, 300n, 300n);
    await claim(alice, bob, 7, 50n, 50n);
    await claim(bob, alice, 5, 301n, 1n);
    assert.equal((await send(alice, "closeChannel", id)).error, null);
    await claim(bob, alice, 2 ** 40, 900n, 599n);
    await later(2n * HOUR);
    await claim(bob, alice, Number.MAX_SAFE_INTEGER, 1_000n, 100n);
    await claim(alice, bob, 8, 51n, 1n);
  },
);

chainTest("closeChannel() is for either side, once, and stops deposits", async () => {
  const { alice, bob, stranger, fund, send, channel, client } = chain();
  for (const closer of [alice, bob]) {
    const id = await funded();
    assert.equal((await send(stranger, "closeChannel", id)).error, "InvalidParticipant");
    const { events, error } = await send(closer, "closeChannel", id);
    assert.equal(error, null);
    assert.deepEqual(events, [{
      name: "ChannelClosed",
      args: { channelId: id, closingParticipant: closer.address },
    }]);
    const [, state, closedAt] = await channel(id);
    assert.deepEqual([state, closedAt], [2, (await client.getBlock()).timestamp]);
    for (const again of [alice, bob]) {
      assert.equal((await send(again, "closeChannel", id)).error, "InvalidChannelState");
    }
    await fund(alice, 1n);
    const { error: late } = await send(alice, "setTotalDeposit", id, alice.address, 1_001n);
    assert.equal(late, "InvalidChannelState");
  }
});

chainTest(
  "settleChannel() waits for the timeout to the second, returns the rest, once",
  async () => {
    const { alice, bob, stranger, network, send, sign, channel, balanceOf, later } = chain();
    const id = await funded();
    assert.equal((await send(alice, "settleChannel", id)).error, "InvalidChannelState", "open");
    const proof = proofOf(id, 1, 250n);
    await send(bob, "claimFromChannel", id, proof, sign(alice, proof));
    await send(alice, "closeChannel", id);
    await later(HOUR - 1n);
    assert.equal((await send(alice, "settleChannel", id)).error, "SettlementTimeoutNotExpired");
    await later(1n);
    const { events, error } = await send(stranger, "settleChannel", id);
    assert.equal(error, null);
    const aliceFirst = BigInt(alice.address) < BigInt(bob.address);
    const [first, second] = aliceFirst ? [750n, 1_000n] : [1_000n, 750n];
    assert.deepEqual(events[0], {
      name: "ChannelSettled",
      args: { channelId: id, participant1Amount: first, participant2Amount: second },
    });
    assert.equal(await balanceOf(alice.address), 750n);
    assert.equal(await balanceOf(bob.address), 1_250n);
    assert.equal(await balanceOf(network), 0n);
    assert.equal((await channel(id))[1], 3);

    const newer = proofOf(id, 2, 260n);
    const after: [string, unknown[]][] = [
      ["settleChannel", [id]],
      ["closeChannel", [id]],
      ["forceCloseExpiredChannel", [id]],
      ["setTotalDeposit", [id, alice.address, 2_000n]],
      ["claimFromChannel", [id, newer, sign(alice, newer)]],
    ];
    for (const [call, args] of after) {
      assert.equal((await send(bob, call, ...args)).error, "InvalidChannelState", call);
    }
  },
);

chainTest(
  "forceCloseExpiredChannel() is for anyone, from the last second of the lifetime",
  async () => {
    const { alice, bob, stranger, open, send, channel, client } = chain();
    const id = await open(alice, bob);
    const [, , , openedAt] = await channel(id);
    const expiry = openedAt + 365n * 24n * HOUR;
    await client.setNextBlockTimestamp({ timestamp: expiry - 1n });
    assert.equal((await send(alice, "forceCloseExpiredChannel", id)).error, "LifetimeNotOver");
    await client.setNextBlockTimestamp({ timestamp: expiry });
    const { events, error } = await send(stranger, "forceCloseExpiredChannel", id);
    assert.equal(error, null);
    assert.deepEqual(events, [
      { name: "ChannelClosed", args: { channelId: id, closingParticipant: stranger.address } },
    ]);
    assert.equal((await send(alice, "settleChannel", id)).error, "SettlementTimeoutNotExpired");
  },
);

chainTest("every call on a channel that does not exist is refused", async () => {
  const { alice, bob, send, sign, side } = chain();
  const id: Hex = `0x${"cd".repeat(32)}`;
  const proof = proofOf(id, 1, 1n);
  const calls: [string, unknown[]][] = [
    ["setTotalDeposit", [id, alice.address, 1n]],
    ["claimFromChannel", [id, proof, sign(bob, proof)]],
    ["closeChannel", [id]],
    ["settleChannel", [id]],
    ["forceCloseExpiredChannel", [id]],
  ];
  for (const [call, args] of calls) {
    assert.equal((await send(alice, call, ...args)).error, "InvalidChannelState", call);
  }
  assert.deepEqual(await side(id, alice.address), [0n, 0n, 0n]);
});

chainTest(
  "pause() stops openings and deposits alone, and only the registry's owner has it",
  async () => {
    const { alice, bob, owner, stranger, registry, fund, send, sendTo, sign, later } = chain();
    const id = await funded();
    for (const call of ["pause", "unpause"]) {
      assert.equal((await send(alice, call)).error, "OwnableUnauthorizedAccount", call);
    }
    assert.equal((await send(owner, "pause")).error, null);
    await fund(alice, 10n);
    assert.equal((await send(alice, "openChannel", bob.address, HOUR)).error, "EnforcedPause");
    const deposit = () => send(alice, "setTotalDeposit", id, alice.address, 1_010n);
    assert.equal((await deposit()).error, "EnforcedPause");

    const proof = proofOf(id, 1, 10n);
    assert.equal((await send(bob, "claimFromChannel", id, proof, sign(alice, proof))).error, null);
    assert.equal((await send(alice, "closeChannel", id)).error, null);
    await later(HOUR);
    assert.equal((await send(alice, "settleChannel", id)).error, null);

    await sendTo(registry, owner, "transferOwnership", [stranger.address]);
    assert.equal(
      (await send(stranger, "unpause")).error,
      "OwnableUnauthorizedAccount",
      "not accepted",
    );
    await sendTo(registry, stranger, "acceptOwnership", []);
    assert.equal((await send(owner, "unpause")).error, "OwnableUnauthorizedAccount");
    assert.equal((await send(stranger, "unpause")).error, null);
    assert.equal((await send(alice, "openChannel", bob.address, HOUR)).error, null);
  },
);
