/** Automatic deposits on a real node: how much, how often a day, and never if they are off. */
import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf, type Wallet } from "./wallets.ts";

const node = useChain();
const DAY_MS = 86_400_000;
const M2M = 1_000_000n;

/** The effects of packets on a channel, in the payer's side of the store. */
async function paid(
  { store }: Wallet,
  channelId: string,
  figures: { readonly signed: bigint; readonly spent: bigint },
): Promise<void> {
  const row = { channelId, peer: "bob", nonce: 1, forfeit: 0n, ...figures };
  await store.commit([{ op: "putPayerChannel", row }]);
}

chainTest(
  "createChannelManager() raises a channel by itself by as much again, once a day, also after a restart",
  async () => {
    const { alice, bob, token } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200n * M2M]);
    const folder = await Deno.makeTempDir({ prefix: "k" });
    const peer = { name: "bob", address: bob.address };
    const place = await placeOf(node());
    try {
      {
        await using wallet = await openWallet(place, alice, { folder });
        await wallet.manager.open({ peer, depositUnits: 50_000n });
        const raised = await wallet.manager.ensure(peer, 60_000n);
        assert.equal(raised.payer.depositUnits, 100_000n, "doubled, not raised by 50 M2M");
        assert.deepEqual(
          [raised.autoDeposit.depositedUnits, raised.autoDeposit.today],
          [50_000n, 1],
        );
        assert.equal(wallet.logs.filter((line) => line.includes("raised for a payment")).length, 1);
      }
      {
        await using wallet = await openWallet(place, alice, { folder });
        await assert.rejects(wallet.manager.ensure(peer, 150_000n), {
          code: "insufficient_balance",
          message: "insufficient channel balance (current: 0.10 M2M, required: 0.15 M2M)",
        });
        const [view] = await wallet.manager.list();
        assert.equal(view.payer.depositUnits, 100_000n);
        // Asked for, it is no automatic one.
        await wallet.manager.deposit(view.name, 50_000n);
        assert.equal((await wallet.manager.ensure(peer, 150_000n)).payer.depositUnits, 150_000n);
      }
      const tomorrow = { ...systemTimers, now: () => systemTimers.now() + DAY_MS };
      await using wallet = await openWallet(place, alice, { folder, timers: tomorrow });
      const view = await wallet.manager.ensure(peer, 400_000n);
      assert.equal(view.payer.depositUnits, 400_000n, "what the payment needs, where that is more");
      assert.deepEqual([view.autoDeposit.depositedUnits, view.autoDeposit.today], [300_000n, 1]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

chainTest("createChannelManager() deposits nothing by itself where that is off", async () => {
  const { alice, bob, token, network } = node();
  await node().sendTo(token, alice, "faucet", [alice.address, 200n * M2M]);
  await using wallet = await openWallet(await placeOf(node()), alice, {
    options: { automaticDeposits: false, asset: { code: "TOK", scale: 3 } },
  });
  const peer = { name: "bob", address: bob.address };
  const refused = (current: string, required: string) => ({
    code: "insufficient_balance",
    message: `insufficient channel balance (current: ${current} TOK, required: ${required} TOK)`,
  });
  await assert.rejects(wallet.manager.ensure(peer, 870n), refused("0.00", "0.87"));
  const { channel } = await wallet.manager.open({ peer, depositUnits: 500n });
  assert.equal((await wallet.manager.ensure(peer, 500n)).name, channel.name);
  await assert.rejects(wallet.manager.ensure(peer, 870n), refused("0.50", "0.87"));
  await paid(wallet, channel.channelId!, { signed: 400n, spent: 400n });
  assert.equal((await wallet.manager.ensure(peer, 100n)).name, channel.name);
  await assert.rejects(wallet.manager.ensure(peer, 101n), refused("0.10", "0.101"));
  assert.equal(await node().balanceOf(network), 500n);
});

chainTest(
  "createChannelManager() counts what was signed ahead as left, and what is given up as gone",
  async () => {
    const { alice, bob, token } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200n * M2M]);
    await using wallet = await openWallet(await placeOf(node()), alice, {
      options: { automaticDeposits: false },
    });
    const peer = { name: "bob", address: bob.address };
    const { channel } = await wallet.manager.open({ peer, depositUnits: 1_000n });
    // A packet of 800 was refused with its credit kept: the next one uses it.
    await paid(wallet, channel.channelId!, { signed: 900n, spent: 100n });
    assert.equal((await wallet.manager.ensure(peer, 900n)).payer.depositUnits, 1_000n);
    await assert.rejects(wallet.manager.ensure(peer, 901n), { code: "insufficient_balance" });
  },
);

chainTest(
  "createChannelManager() deposits up to what is asked for, in an opening too, and within its ceiling",
  async () => {
    const { alice, bob, token, network } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200n * M2M]);
    await using wallet = await openWallet(await placeOf(node()), alice, {
      options: { maxDepositUnits: 5_000n, automaticDepositsPerDay: 10 },
    });
    const peer = { name: "bob", address: bob.address };
    const ensure = async (freeUnits: bigint, upToUnits: bigint) =>
      (await wallet.manager.ensure(peer, freeUnits, { upToUnits })).payer.depositUnits;
    const { channelId } = await wallet.manager.ensure(peer, 1_000n, { upToUnits: 1_000n });
    await paid(wallet, channelId!, { signed: 400n, spent: 400n });
    assert.equal(await ensure(600n, 9_000n), 1_000n, "enough is free");
    assert.equal(await ensure(1_000n, 1_000n), 1_400n);
    await paid(wallet, channelId!, { signed: 1_400n, spent: 1_400n });
    assert.equal(await ensure(1_000n, 2_000n), 3_400n);
    await paid(wallet, channelId!, { signed: 3_400n, spent: 3_400n });
    assert.equal(await ensure(1_000n, 2_000n), 5_000n, "the ceiling leaves 1,600");
    assert.equal(await node().balanceOf(network), 5_000n);
    await paid(wallet, channelId!, { signed: 5_000n, spent: 5_000n });
    await assert.rejects(ensure(1_000n, 2_000n), { code: "ceiling" });
    assert.equal(await node().balanceOf(network), 5_000n);
  },
);

chainTest(
  "createChannelManager() deposits what is missing if the account, or a ceiling of the signer, has no more",
  async () => {
    const { alice, bob, token, network } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200n * M2M]);
    const options = { automaticDepositsPerDay: 10 };
    await using wallet = await openWallet(await placeOf(node()), alice, {
      options,
      ceilings: { depositedPerDayUnits: 4_500n },
    });
    const peer = { name: "bob", address: bob.address };
    const { channelId } = await wallet.manager.ensure(peer, 1_000n, { upToUnits: 1_000n });
    let signed = 1_000n;
    const next = async (upToUnits: bigint) => {
      await paid(wallet, channelId!, { signed, spent: signed });
      const view = await wallet.manager.ensure(peer, 1_000n, { upToUnits });
      return signed = view.payer.depositUnits;
    };
    assert.equal(await next(9_000n), 2_000n, "the day's ceiling leaves 3,500");
    const { autoDeposit } = (await wallet.manager.list())[0];
    assert.deepEqual([autoDeposit.depositedUnits, autoDeposit.today], [2_000n, 1]);
    // All but 1,700 goes to somebody else.
    const { tokenRaw } = await wallet.chain.funds(alice.address.toLowerCase() as `0x${string}`);
    await node().sendTo(token, alice, "transfer", [bob.address, tokenRaw - 1_700n]);
    assert.equal(await next(3_000n), 3_700n, "the account has 1,700");
    assert.equal(await node().balanceOf(network), 3_700n);
    await paid(wallet, channelId!, { signed: 3_700n, spent: 3_700n });
    await assert.rejects(wallet.manager.ensure(peer, 1_000n), { code: "funds" });
  },
);

chainTest(
  "createChannelManager() pays through the older of two channels with as much left, and through the one with more",
  async () => {
    const { alice, bob, token } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200n * M2M]);
    await using wallet = await openWallet(await placeOf(node()), alice, {
      options: { automaticDeposits: false },
    });
    const peer = { name: "bob", address: bob.address };
    const older = (await wallet.manager.open({ peer, depositUnits: 1_000n })).channel;
    const newer = (await wallet.manager.open({ peer, depositUnits: 1_000n })).channel;
    assert.notEqual(older.name, newer.name);
    assert.equal((await wallet.manager.ensure(peer, 900n)).name, older.name);
    await paid(wallet, older.channelId!, { signed: 1n, spent: 1n });
    assert.equal((await wallet.manager.ensure(peer, 900n)).name, newer.name);
  },
);
