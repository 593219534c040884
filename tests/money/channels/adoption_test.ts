/** A channel that two parts of a manager find on the chain at the same time. */
import assert from "node:assert/strict";
import type { OpenEvmChain } from "../../../money/evm/evm_chain.ts";
import { chainTest } from "../../contracts/chain.ts";
import { credit, node, opened, receiver, until, watching } from "./watched_chain.ts";

/** No criterion: how long one question waits for a second one. */
const TOGETHER_MS = 300;

chainTest(
  "a payment that needs a channel which the watch adopts at this moment uses that channel",
  async () => {
    const channelId = await opened();
    const { alice, bob } = node();
    await node().fund(bob, 100n);
    await using wallet = await receiver({
      over: (chain) => ({ ...chain, channel: twoTogether(chain) }),
      options: { automaticDepositUnits: 100n },
    });
    await credit(wallet, channelId, 700n);
    await watching(wallet, async () => {
      const { manager } = wallet;
      const view = await manager.ensure({ name: "alice", address: alice.address }, 100n);
      assert.equal(view.channelId, channelId);
      assert.equal(view.payer.depositUnits, 100n);
      await until(async () => (await manager.list()).length === 1);
    });
    const faults = wallet.logs.filter((line) => !line.startsWith("info"));
    assert.deepEqual(faults, []);
  },
);

/** Answers the first question about a channel together with the second, so that both find the same. */
function twoTogether(chain: OpenEvmChain): OpenEvmChain["channel"] {
  const waiting: (() => void)[] = [];
  let over = false;
  const release = () => {
    over = true;
    for (const go of waiting) go();
  };
  return async (channelId, options) => {
    const facts = await chain.channel(channelId, options);
    if (over) return facts;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    if (waiting.length === 2) release();
    const late = setTimeout(release, TOGETHER_MS);
    await promise;
    clearTimeout(late);
    return facts;
  };
}
