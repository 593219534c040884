/** What goes wrong between a signed transaction and its receipt, on a real node. */
import assert from "node:assert/strict";
import type { Hex } from "viem";
import { chainTest, startChain, useChain } from "../../contracts/chain.ts";
import { address, hash } from "../../store/store_rows.ts";
import { byHand, DEPOSIT, funded, rowOf, until } from "./sent_transactions.ts";
import { openWallet, placeOf, type Wallet } from "./wallets.ts";

const node = useChain();

const peer = () => ({ name: "bob", address: node().bob.address });

chainTest(
  "createChannelManager() replaces a stuck transaction with the same nonce and a higher fee, durable first",
  async () => {
    await using wallet = await funded(node(), { options: { replaceAfterMs: 20 } });
    await node().client.setAutomine(false);
    const opening = wallet.manager.ensure(peer(), 1n);
    const [first, second] = await rowOf(wallet, "openChannel", 2);
    assert.equal(first.nonce, second.nonce);
    assert.ok(second.maxFeePerGasWei * 100n >= first.maxFeePerGasWei * 110n);
    const view = await byHand(node(), opening);
    assert.equal(view.payer.depositUnits, DEPOSIT);
    const rows = (await wallet.store.listTransactions({ ended: true }))
      .filter(({ call }) => call.includes("openChannel"));
    assert.equal(rows.filter(({ state }) => state === "confirmed").length, 1);
    assert.ok(rows.every(({ state }) => state === "confirmed" || state === "replaced"));
    assert.equal((await wallet.manager.list()).length, 1);
  },
);

chainTest(
  "createChannelManager() sends a forgotten transaction again as the same bytes",
  async () => {
    await using wallet = await funded(node());
    await node().client.setAutomine(false);
    const opening = wallet.manager.ensure(peer(), 1n);
    const [row] = await rowOf(wallet, "openChannel");
    await node().client.dropTransaction({ hash: row.hash as Hex });
    await until(async () => (await wallet.chain.transaction(row.hash)).state === "pending");
    assert.equal((await byHand(node(), opening)).status, "open");
    assert.equal((await wallet.store.transaction(row.hash))?.state, "confirmed");
  },
);

chainTest(
  "createChannelManager() opens again when its account nonce was used by another program",
  async () => {
    await using wallet = await funded(node());
    await node().client.setAutomine(false);
    const opening = wallet.manager.ensure(peer(), 1n);
    const [row] = await rowOf(wallet, "openChannel");
    await node().client.dropTransaction({ hash: row.hash as Hex });
    const { alice, stranger } = node();
    const other = await node().client.request({
      method: "eth_sendTransaction" as never,
      params: [{
        from: alice.address,
        to: stranger.address,
        value: "0x1",
        nonce: `0x${row.nonce.toString(16)}`,
        gasPrice: "0x174876e800",
      }] as never,
    });
    await node().client.mine({ blocks: 1 });
    const view = await byHand(node(), opening);
    assert.equal(view.status, "open");
    assert.equal(view.payer.depositUnits, DEPOSIT);
    assert.equal((await wallet.store.transaction(row.hash))?.state, "replaced", String(other));
    assert.equal((await wallet.manager.list()).length, 1);
  },
);

chainTest(
  "createChannelManager() takes the other side's close for its own when that one was faster",
  async () => {
    await using wallet = await funded(node());
    const { channelId, name } = await wallet.manager.ensure(peer(), 1n);
    await node().client.setAutomine(false);
    const closing = wallet.manager.close(name);
    const [row] = await rowOf(wallet, "closeChannel");
    // With a higher fee, so that it comes first in the block.
    await node().client.request({
      method: "eth_sendTransaction" as never,
      params: [{
        from: node().bob.address,
        to: node().network,
        data: `0x4c2ee09d${channelId!.slice(2)}`,
        maxPriorityFeePerGas: "0x2540be400",
        maxFeePerGas: "0x4a817c800",
        gas: "0x493e0",
      }] as never,
    });
    assert.equal((await byHand(node(), closing)).channel.status, "closed");
    assert.equal((await wallet.store.transaction(row.hash))?.reason, "InvalidChannelState");
  },
);

chainTest(
  "createChannelManager() tells that a channel is settled when the other side was faster, also if the facts come late",
  async () => {
    let late: Awaited<ReturnType<Wallet["chain"]["channel"]>> = null;
    let reads = 0;
    await using wallet = await funded(node(), {
      over: (chain) => ({
        ...chain,
        channel: (id, options) =>
          late !== null && reads++ < 5 ? Promise.resolve(late) : chain.channel(id, options),
      }),
    });
    const { channelId, name } = await wallet.manager.ensure(peer(), 1n);
    await wallet.manager.close(name);
    await node().client.increaseTime({ seconds: 86_401 });
    await node().client.mine({ blocks: 1 });
    late = await wallet.chain.channel(channelId as Hex);
    await node().send(node().bob, "settleChannel", channelId);
    const settled = await wallet.manager.settle(name);
    assert.equal(settled.channel.status, "settled");
    assert.deepEqual(settled.transactions, []);
    assert.ok(reads > 5, "it asked until the facts showed the settlement");
  },
);

for (
  const { name, spoil, code } of [
    {
      name: "gas is missing",
      spoil: () => node().client.setBalance({ address: node().alice.address, value: 1n }),
      code: "funds",
    },
    {
      name: "the deposit is more than the account has",
      spoil: () =>
        node().sendTo(node().token, node().alice, "transfer", [node().bob.address, 9_500n]),
      code: "funds",
    },
    {
      name: "the contract is paused",
      spoil: () => node().send(node().owner, "pause"),
      code: "failed",
    },
  ]
) {
  chainTest(
    `createChannelManager() refuses as ${code} when ${name}, and leaves nothing behind`,
    async () => {
      await using wallet = await funded(node());
      await spoil();
      await assert.rejects(wallet.manager.ensure(peer(), 1n), { code });
      assert.deepEqual(await wallet.store.listTransactions({ ended: true }), []);
      assert.deepEqual(await wallet.manager.list(), []);
    },
  );
}

chainTest(
  "createChannelManager() follows an opening whose block vanished to its new id, and deposits once",
  async () => {
    await using wallet = await funded(node(), { confirmations: 3 });
    const { alice, bob } = node();
    await node().client.setAutomine(false);
    const before = await node().client.snapshot();
    const opening = wallet.manager.ensure(peer(), 1n);
    await rowOf(wallet, "openChannel");
    await node().client.mine({ blocks: 1 });
    const mined = await until(async () => {
      const [row] = await wallet.store.listChainChannels();
      return row?.channelId;
    });
    await node().client.revert({ id: before });
    await node().client.setAutomine(true);
    // Another channel of the same two takes the id.
    assert.equal(await node().open(bob, alice), mined);
    await node().client.setAutomine(false);
    const view = await byHand(node(), opening);
    assert.notEqual(view.channelId, mined);
    assert.equal(view.status, "open");
    assert.equal((await node().side(view.channelId as Hex, alice.address))[0], DEPOSIT);
    assert.equal(await node().balanceOf(alice.address), 10_000n - DEPOSIT);
  },
);

chainTest(
  "createChannelManager() makes the channels of a chain that was started afresh void, and uses none of their ids",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "k" });
    try {
      const options = { folder, options: { automaticDepositUnits: DEPOSIT } } as const;
      let old: string;
      {
        await using wallet = await funded(node(), options);
        old = (await wallet.manager.ensure(peer(), 1n)).channelId!;
        // An earlier wallet of this home had a channel there too.
        const [row] = await wallet.store.listChainChannels();
        const earlier = { ref: hash("9"), channelId: hash("8"), ownAddress: address("9") };
        await wallet.store.commit([{ op: "putChannel", row: { ...row, ...earlier } }]);
      }
      // The genesis of the next one must be of another second.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await using anew = await startChain(node().chainId);
      // With the fee of the old chain, the transaction would be the same in each byte, and the store refuses it: it keeps one genesis of each.
      await anew.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 3_000_000_000n });
      await anew.sendTo(anew.token, anew.alice, "faucet", [anew.alice.address, 10_000n]);
      await using wallet = await openWallet(await placeOf(anew), anew.alice, {
        ...options,
        options: { ...options.options, automaticOpensPerDay: 1 },
      });
      const view = await wallet.manager.ensure(peer(), 1n);
      assert.notEqual(view.channelId, old);
      assert.deepEqual((await wallet.manager.list()).map(({ channelId }) => channelId), [
        view.channelId,
      ]);
      const open = await wallet.store.listChainChannels();
      assert.deepEqual(open.map(({ channelId }) => channelId), [view.channelId]);
      assert.equal((await anew.side(old as Hex, anew.alice.address))[0], 0n);
      assert.equal((await anew.side(view.channelId as Hex, anew.alice.address))[0], DEPOSIT);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

chainTest(
  "createChannelManager() of two programs with one key lock one deposit each at most, and a home has one",
  async () => {
    await using one = await funded(node());
    await assert.rejects(
      import("../../../store/sqlite_store.ts").then(({ openSqliteStore }) =>
        openSqliteStore({ folder: one.folder, clock: () => 0, lockWaitMs: 0 })
      ),
      { code: "locked" },
    );
    await using two = await openWallet(await placeOf(node()), node().alice, {
      options: { automaticDepositUnits: DEPOSIT },
    });
    const settled = await Promise.allSettled(
      [one, two].map(({ manager }) => manager.ensure(peer(), 1n)),
    );
    assert.ok(settled.some(({ status }) => status === "fulfilled"));
    const spent = 10_000n - await node().balanceOf(node().alice.address);
    const opened = settled.filter(({ status }) => status === "fulfilled").length;
    assert.ok(spent <= DEPOSIT * BigInt(Math.max(opened, 1)), `${spent} locked by ${opened}`);
  },
);

chainTest("createChannelManager() brings a deposit whose block vanished back, once", async () => {
  await using wallet = await funded(node(), { confirmations: 3 });
  const { alice, bob } = node();
  const channelId = await node().open(alice, bob);
  await node().client.mine({ blocks: 3 });
  await node().client.setAutomine(false);
  const paying = wallet.manager.ensure(peer(), 1n);
  await rowOf(wallet, "approve");
  await node().client.mine({ blocks: 1 });
  const [row] = await rowOf(wallet, "setTotalDeposit");
  const before = await node().client.snapshot();
  await node().client.mine({ blocks: 1 });
  assert.equal((await node().side(channelId, alice.address))[0], DEPOSIT);
  await until(async () => (await wallet.store.transaction(row.hash))?.state === "mined");
  await node().client.revert({ id: before });
  await node().client.setAutomine(false);
  const view = await byHand(node(), paying);
  assert.equal(view.channelId, channelId);
  assert.equal((await node().side(channelId, alice.address))[0], DEPOSIT);
  assert.equal(await node().balanceOf(alice.address), 10_000n - DEPOSIT);
});

chainTest(
  "createChannelManager() makes a deposit at its next start that its stop interrupted",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "k" });
    try {
      const before = await node().balanceOf(node().network);
      {
        await using wallet = await funded(node(), { folder });
        const { channel } = await wallet.manager.open({ peer: peer(), depositUnits: 100n });
        await node().client.setAutomine(false);
        const deposit = wallet.manager.deposit(channel.name, 50n);
        deposit.catch(() => {});
        await rowOf(wallet, "approve", 2);
        await wallet.manager.stop();
        await assert.rejects(deposit);
      }
      await node().client.setAutomine(true);
      await node().client.mine({ blocks: 1 });
      await using wallet = await funded(node(), { folder });
      const [view] = await wallet.manager.list();
      assert.equal(view.payer.depositUnits, 100n);
      await until(async () => await node().balanceOf(node().network) - before === 150n);
    } finally {
      await node().client.setAutomine(true);
      await Deno.remove(folder, { recursive: true });
    }
  },
);
