/** The channel watch on a real node: it claims what we were paid before a close can take it away. */
import assert from "node:assert/strict";
import { systemTimers, type Timers } from "../../../base/timers.ts";
import { chainTest } from "../../contracts/chain.ts";
import {
  alice,
  counted,
  credit,
  DEPOSIT,
  earned,
  later,
  node,
  opened,
  pricedAt,
  receiver,
  until,
  watching,
} from "./watched_chain.ts";
import { openWallet, placeOf } from "./wallets.ts";

chainTest(
  "watch() claims at once when the payer closes, takes no packet, and settles after the grace",
  async () => {
    const channelId = await opened();
    await using wallet = await receiver();
    await credit(wallet, channelId, 700n);
    await watching(wallet, async () => {
      await until(async () => (await wallet.manager.list()).length === 1);
      assert.equal(await wallet.manager.refusesPackets(channelId), null);
      const [view] = await wallet.manager.list();
      assert.equal(view.receiver.exposureUnits, 700n);
      await node().send(node().alice, "closeChannel", channelId);
      await until(async () => await earned() === 700n);
      assert.match((await wallet.manager.refusesPackets(channelId))!, /closed/);
      await later(3_601);
      await until(async () => (await wallet.manager.list())[0].status === "settled");
      assert.equal(await node().balanceOf(node().alice.address), 300n);
      assert.equal(await node().balanceOf(node().network), 0n);
    });
  },
);

chainTest(
  "watch() sees a close in a block that is not confirmed, and claims in the next",
  async () => {
    const channelId = await opened();
    await node().client.mine({ blocks: 4 });
    await using wallet = await receiver({ confirmations: 4 });
    await credit(wallet, channelId, 700n);
    await watching(wallet, async () => {
      await until(async () => (await wallet.manager.list()).length === 1);
      await node().send(node().alice, "closeChannel", channelId);
      await until(async () => (await wallet.manager.refusesPackets(channelId)) !== null);
      await until(async () => await earned() === 700n);
    });
  },
);

chainTest(
  "watch() started when the grace is nearly over claims before the payer can settle",
  async () => {
    const channelId = await opened();
    await using wallet = await receiver({ options: { settleByItself: false } });
    await credit(wallet, channelId, 1_000n);
    await node().send(node().alice, "closeChannel", channelId);
    await later(3_500);
    await watching(wallet, async () => {
      await until(async () => await earned() === 1_000n);
    });
    await later(200);
    const { error } = await node().send(node().alice, "settleChannel", channelId);
    assert.equal(error, null);
    assert.equal(await node().balanceOf(node().alice.address), 0n);
    assert.ok(wallet.logs.some((line) => /^error a quarter of the grace is over/.test(line)));
  },
);

chainTest("watch() raises the fee of a stuck claim that answers a close", async () => {
  const channelId = await opened();
  await using wallet = await receiver({ options: { replaceAfterMs: 60 } });
  await credit(wallet, channelId, 700n);
  await node().send(node().alice, "closeChannel", channelId);
  await node().client.setAutomine(false);
  await watching(wallet, async () => {
    await until(async () => (await wallet.store.listTransactions()).length >= 3);
    const rows = await wallet.store.listTransactions();
    assert.equal(new Set(rows.map(({ nonce }) => nonce)).size, 1);
    await node().client.setAutomine(true);
    await node().client.mine({ blocks: 1 });
    await until(async () => await earned() === 700n);
  });
});

chainTest(
  "watch() tells what was lost on a channel that was settled while nobody claimed",
  async () => {
    const channelId = await opened();
    await using wallet = await receiver({ options: { peers: [alice()] } });
    await wallet.manager.recover();
    await credit(wallet, channelId, 300n);
    await wallet.manager.claim(channelId);
    await credit(wallet, channelId, 700n, 2);
    await node().send(node().alice, "closeChannel", channelId);
    await later(3_601);
    await node().send(node().alice, "settleChannel", channelId);
    await watching(wallet, async () => {
      const lost = "error a channel was settled before we claimed";
      const told = () => wallet.logs.find((line) => line.startsWith(lost));
      await until(() => Promise.resolve(told()));
      assert.equal(JSON.parse(told()!.slice(lost.length)).lost, "400");
      assert.equal((await wallet.manager.list())[0].status, "settled");
      await assert.rejects(wallet.manager.settle(channelId), { code: "state" });
      assert.deepEqual((await wallet.manager.claim(channelId)).transactions, []);
    });
  },
);

chainTest(
  "watch() claims early above the limit, and after its time, and nothing twice",
  async () => {
    const channelId = await opened();
    // A clock that stands still, so that both limits are reached exactly.
    const startMs = Date.now();
    let aheadMs = 0;
    const timers: Timers = { ...systemTimers, now: () => startMs + aheadMs };
    await using wallet = await receiver({ timers, options: { claimAboveUnits: 500n } });
    await credit(wallet, channelId, 100n);
    await watching(wallet, async () => {
      await until(async () => (await wallet.manager.list()).length === 1);
      assert.equal(await earned(), 0n);
      await credit(wallet, channelId, 500n, 2);
      await until(async () => await earned() === 500n);
      await credit(wallet, channelId, 550n, 3);
      await until(async () => (await wallet.manager.list())[0].receiver.exposureUnits === 50n);
      const [{ name }] = await wallet.manager.list();
      aheadMs = 6 * 3_600_000;
      await until(async () => await earned() === 550n);
      const receipts = await Promise.all([1, 2].map(() => wallet.manager.claim(name)));
      assert.deepEqual(receipts.map(({ transactions }) => transactions.length), [0, 0]);
    });
    assert.equal((await wallet.store.listTransactions({ ended: true })).length, 2);
  },
);

chainTest("watch() claims nothing early that is not worth twice its gas", async () => {
  const channelId = await opened();
  await using wallet = await receiver({
    options: { claimAboveUnits: 1n, unitsPerNative: 1_000_000n },
    // A claim costs 110 units.
    over: pricedAt(() => Promise.resolve(1_000_000_000n)),
  });
  await credit(wallet, channelId, 219n);
  await watching(wallet, async () => {
    await until(async () => (await wallet.manager.list()).length === 1);
    await credit(wallet, channelId, 220n, 2);
    await until(async () => await earned() === 220n);
  });
  assert.equal((await wallet.store.listTransactions({ ended: true })).length, 1);
});

chainTest("watch() warns once of an open channel whose deposit runs low", async () => {
  const { alice, bob } = node();
  await node().fund(alice, DEPOSIT);
  await using wallet = await openWallet(await placeOf(node()), alice);
  const peer = { name: "bob", address: bob.address };
  const { channel } = await wallet.manager.open({ peer, depositUnits: DEPOSIT });
  const { channelId } = channel;
  await wallet.store.commit([{
    op: "putPayerChannel",
    row: { channelId: channelId!, peer: "bob", signed: 950n, nonce: 1, spent: 950n, forfeit: 0n },
  }]);
  const warnings = () => wallet.logs.filter((line) => /^warn a channel is below/.test(line));
  await watching(wallet, async () => {
    await until(() => Promise.resolve(warnings().length > 0));
    const { blockNumber } = await wallet.chain.head(0);
    await node().client.mine({ blocks: 3 });
    await until(async () => (await wallet.chain.head(0)).blockNumber >= blockNumber + 3);
  });
  assert.equal(warnings().length, 1);
  assert.match(warnings()[0], /"left":"50"/);
});

chainTest("watch() answers a close even if the gas price is unknown", async () => {
  const channelId = await opened();
  await using wallet = await receiver({
    options: { unitsPerNative: 1_000_000n },
    over: pricedAt(() => Promise.reject(new Error("no price"))),
  });
  await credit(wallet, channelId, 100n);
  await node().send(node().alice, "closeChannel", channelId);
  await watching(wallet, () => until(async () => await earned() === 100n));
});

chainTest("watch() settles nothing by itself where that is off", async () => {
  const channelId = await opened();
  const { wallet, more } = await counted({ settleByItself: false });
  await using _ = wallet;
  await credit(wallet, channelId, 700n);
  await watching(wallet, async () => {
    await until(async () => (await wallet.manager.list()).length === 1);
    await node().send(node().alice, "closeChannel", channelId);
    await until(async () => await earned() === 700n);
    for (const seconds of [3_601, 1, 1]) {
      await later(seconds);
      await more();
    }
    assert.equal((await wallet.manager.list())[0].status, "closed");
  });
  const { store } = wallet;
  const sent = [
    ...await store.listTransactions({}),
    ...await store.listTransactions({ ended: true }),
  ];
  assert.deepEqual(sent.map(({ call }) => JSON.parse(call).call), ["claimFromChannel"]);
});
