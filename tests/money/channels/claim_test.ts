/** Claims and ends that a receiver asks for itself on a real node, and when it takes no packets. */
import assert from "node:assert/strict";
import { systemTimers, type Timers } from "../../../base/timers.ts";
import { chainTest } from "../../contracts/chain.ts";
import { alice, credit, earned, node, opened, pricedAt, receiver, until } from "./watched_chain.ts";

chainTest(
  "claim() asked for twice at once pays once, and a claim that others signed pays nothing",
  async () => {
    const channelId = await opened();
    await using wallet = await receiver({ options: { peers: [alice()] } });
    await wallet.manager.recover();
    await credit(wallet, channelId, 400n, 1, node().stranger);
    assert.deepEqual((await wallet.manager.claim(channelId)).transactions, []);
    await credit(wallet, channelId, 400n, 2);
    const receipts = await Promise.all([1, 2, 3].map(() => wallet.manager.claim(channelId)));
    assert.deepEqual(receipts.map(({ transactions }) => transactions.length).sort(), [0, 0, 1]);
    assert.equal(await earned(), 400n);
  },
);

chainTest("close() claims first; closeDown() claims what is left before the end", async () => {
  const channelId = await opened();
  await using wallet = await receiver({ options: { peers: [alice()] } });
  await wallet.manager.recover();
  await credit(wallet, channelId, 300n);
  await wallet.manager.closeDown();
  assert.equal(await earned(), 300n);
  await credit(wallet, channelId, 500n, 2);
  const { transactions } = await wallet.manager.close(channelId);
  assert.deepEqual(transactions.map(({ call }) => call), ["claimFromChannel", "closeChannel"]);
  assert.equal(await earned(), 500n);
});

chainTest(
  "closeDown() leaves what is not worth its gas, and says what could not be claimed",
  async () => {
    const channelId = await opened();
    await using wallet = await receiver({
      options: { peers: [alice()], unitsPerNative: 1_000_000n },
      over: pricedAt(() => Promise.resolve(1_000_000_000n)),
    });
    await wallet.manager.recover();
    await credit(wallet, channelId, 219n);
    await wallet.manager.closeDown();
    assert.equal(await earned(), 0n);
    assert.ok(
      wallet.logs.some((line) => /^info an amount is left to a later claim.*"219"/.test(line)),
    );
    await credit(wallet, channelId, 220n, 2);
    await node().client.setBalance({ address: wallet.address as `0x${string}`, value: 0n });
    await wallet.manager.closeDown();
    assert.ok(wallet.logs.some((line) => /^warn a claim is pending.*"220"/.test(line)));
  },
);

chainTest(
  "closeDown() waits the full time for a stuck claim before it raises its fee",
  async () => {
    const channelId = await opened();
    const replaceAfterMs = 1_500;
    await using wallet = await receiver({ options: { peers: [alice()], replaceAfterMs } });
    await wallet.manager.recover();
    await credit(wallet, channelId, 300n);
    await node().client.setAutomine(false);
    const end = wallet.manager.closeDown();
    await until(async () => (await wallet.store.listTransactions()).length >= 2);
    const [first, second] = await wallet.store.listTransactions();
    assert.ok(second.createdAtMs - first.createdAtMs >= replaceAfterMs);
    await node().client.setAutomine(true);
    await node().client.mine({ blocks: 1 });
    await end;
    assert.equal(await earned(), 300n);
  },
);

chainTest(
  "refusesPackets() refuses without gas for two claims, and when the chain was not seen for too long",
  async () => {
    const channelId = await opened();
    let aheadMs = 0;
    let down = false;
    const timers: Timers = { ...systemTimers, now: () => Date.now() + aheadMs };
    await using wallet = await receiver({
      timers,
      options: { peers: [alice()] },
      over: (chain) => ({
        ...chain,
        head: (age) => down ? Promise.reject(new Error("down")) : chain.head(age),
      }),
    });
    await wallet.manager.recover();
    assert.equal(await wallet.manager.refusesPackets(channelId), null);
    await node().client.setBalance({ address: node().bob.address, value: 1_000n });
    aheadMs = 61_000;
    assert.match((await wallet.manager.refusesPackets(channelId))!, /gas/);
    await node().client.setBalance({ address: node().bob.address, value: 10n ** 18n });
    down = true;
    aheadMs = 3_600_000 / 12 + 1_000;
    assert.match((await wallet.manager.refusesPackets(channelId))!, /not seen/);
    down = false;
    assert.equal(await wallet.manager.refusesPackets(channelId), null);
  },
);
