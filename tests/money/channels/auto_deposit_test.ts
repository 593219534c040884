/** Automatic deposits on a real node: how much, how often a day, and never if they are off. */
import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf, type Wallet, type WalletOptions } from "./wallets.ts";

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

/** A manager whose channel spends all that it has before each question. */
async function spender(given: Omit<WalletOptions, "folder">, freeUnits = 1_000n) {
  const { alice, bob, token } = node();
  await node().sendTo(token, alice, "faucet", [alice.address, 200n * M2M]);
  const wallet = await openWallet(await placeOf(node()), alice, {
    ...given,
    options: { automaticDepositsPerDay: 100, ...given.options },
  });
  const peer = { name: "bob", address: bob.address };
  let deposited = 0n;
  return {
    wallet,
    /** What is deposited for a payment in a channel without a rest. */
    async next(growToUnits: bigint): Promise<number> {
      const [view] = await wallet.manager.list();
      if (view?.channelId != null) {
        await paid(wallet, view.channelId, { signed: deposited, spent: deposited });
      }
      const { payer } = await wallet.manager.ensure(peer, freeUnits, { growToUnits });
      const added = payer.depositUnits - deposited;
      deposited = payer.depositUnits;
      return Number(added);
    },
  };
}

chainTest(
  "createChannelManager() deposits as much as a channel has paid where that is asked for, within bounds",
  async () => {
    const { wallet, next } = await spender({});
    await using _ = wallet;
    const added: number[] = [];
    for (let at = 0; at < 7; at++) added.push(await next(10_000n));
    assert.deepEqual(added, [1_000, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    assert.equal(await node().balanceOf(node().network), 36_000n);
    // What is left counts: 500 of 36,000.
    const [{ channelId, name }] = await wallet.manager.list();
    await paid(wallet, channelId!, { signed: 35_500n, spent: 35_500n });
    const peer = { name: "bob", address: node().bob.address };
    const ask = async (freeUnits: bigint) =>
      (await wallet.manager.ensure(peer, freeUnits, { growToUnits: 10_000n })).payer.depositUnits;
    assert.equal(await ask(500n), 36_000n, "enough is free");
    assert.equal(await ask(1_000n), 45_500n);
    assert.equal((await wallet.manager.list())[0].name, name);
  },
);

for (
  const { name, given, expected } of [
    {
      name: "the channel's ceiling",
      given: { options: { maxDepositUnits: 5_000n } },
      expected: [1_000, 1_000, 2_000, 1_000],
    },
    {
      name: "the ceiling of all channels",
      given: { options: { maxLockedUnits: 5_000n } },
      expected: [1_000, 1_000, 2_000, 1_000],
    },
    {
      name: "an automatic deposit",
      given: { options: { automaticDepositUnits: 1_500n } },
      expected: [1_000, 1_000, 1_500, 1_500],
    },
    {
      name: "the signer's ceiling of a day",
      given: { ceilings: { depositedPerDayUnits: 5_500n } },
      expected: [1_000, 1_000, 2_000, 1_000],
    },
  ] satisfies readonly {
    readonly name: string;
    readonly given: WalletOptions;
    readonly expected: readonly number[];
  }[]
) {
  chainTest(
    `createChannelManager() deposits what is missing, or what it may, where ${name} has less than the channel has paid`,
    async () => {
      const { wallet, next } = await spender(given);
      await using _ = wallet;
      for (const units of expected) assert.equal(await next(9_000n), units);
    },
  );
}

chainTest(
  "createChannelManager() deposits what its account has where that is less than the channel has paid",
  async () => {
    const { alice, bob, token } = node();
    const { wallet, next } = await spender({});
    await using _ = wallet;
    for (const units of [1_000, 1_000, 2_000]) assert.equal(await next(9_000n), units);
    const left = await node().balanceOf(alice.address);
    await node().sendTo(token, alice, "transfer", [bob.address, left - 1_700n]);
    assert.equal(await next(9_000n), 1_700);
    await assert.rejects(next(9_000n), { code: "funds" });
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
