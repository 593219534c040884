/** When a channel manager may be stopped for a while, and what the next one does first. */
import assert from "node:assert/strict";
import { chainTest } from "../../contracts/chain.ts";
import { counted, credit, earned, later, node, opened, receiver, until } from "./watched_chain.ts";

chainTest(
  "after a rest, a close from meanwhile is claimed, and known before the first packet is accepted",
  async () => {
    const channelId = await opened();
    const folder = await Deno.makeTempDir({ prefix: "k" });
    try {
      {
        await using wallet = await receiver({ folder });
        await credit(wallet, channelId, 700n);
        const watch = wallet.manager.watch();
        assert.equal(await wallet.manager.refusesPackets(channelId), null);
        await until(() => Promise.resolve(wallet.manager.mayRest()));
        await wallet.manager.stop();
        await watch;
      }
      await node().send(node().alice, "closeChannel", channelId);
      // The longest rest with this grace of an hour.
      await later(300);
      await using wallet = await receiver({ folder });
      const watch = wallet.manager.watch();
      assert.match((await wallet.manager.refusesPackets(channelId))!, /closed/);
      await until(async () => await earned() === 700n);
      await wallet.manager.stop();
      await watch;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

chainTest(
  "mayRest() is false before the first look, without a chain, and while a channel is in work",
  async () => {
    const channelId = await opened();
    const { wallet, state, more } = await counted({});
    await using _ = wallet;
    const { manager } = wallet;
    await credit(wallet, channelId, 700n);
    assert.equal(manager.mayRest(), false);
    const watch = manager.watch();
    await until(() => Promise.resolve(manager.mayRest()));
    state.isAway = true;
    await more();
    assert.equal(manager.mayRest(), false);
    state.isAway = false;
    await until(() => Promise.resolve(manager.mayRest()));
    await node().send(node().alice, "closeChannel", channelId);
    await until(async () => (await manager.list())[0].status === "closed");
    assert.equal(manager.mayRest(), false);
    await later(3_601);
    await until(() => Promise.resolve(manager.mayRest()));
    assert.equal((await manager.list())[0].status, "settled");
    await manager.stop();
    await watch;
  },
);

chainTest(
  "mayRest() is false after limits were changed, which the next start would not know",
  async () => {
    await using wallet = await receiver();
    const watch = wallet.manager.watch();
    await until(() => Promise.resolve(wallet.manager.mayRest()));
    await wallet.manager.configure({
      maxDepositUnits: 1n,
      automaticDeposits: false,
      automaticDepositsPerDay: 1,
      automaticDepositUnits: 1n,
      lowBalancePercent: 10,
    });
    assert.equal(wallet.manager.mayRest(), false);
    await wallet.manager.stop();
    await watch;
  },
);
