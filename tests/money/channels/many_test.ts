/** Many channels at once: a round of the channel watch asks the chain as often for two hundred as for one. */
import assert from "node:assert/strict";
import { encodeFunctionData } from "viem";
import { tokenNetworkAbi } from "../../../contracts/abi.ts";
import type { Change } from "../../../store/store.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf } from "./wallets.ts";

const node = useChain();
const CHANNELS = 200;
const ROUNDS = 10;

async function openMany(): Promise<readonly string[]> {
  const { alice, bob, client, network } = node();
  const data = encodeFunctionData({
    abi: tokenNetworkAbi,
    functionName: "openChannel",
    args: [bob.address, 3_600n],
  });
  const nonce = await client.getTransactionCount({ address: alice.address });
  await client.setAutomine(false);
  for (let at = 0; at < CHANNELS; at++) {
    await client.request({
      method: "eth_sendTransaction" as never,
      params: [{ from: alice.address, to: network, data, gas: "0x30d40", nonce: nonce + at }]
        .map((each) => ({ ...each, nonce: `0x${each.nonce.toString(16)}` })) as never,
    });
  }
  while (await client.getTransactionCount({ address: alice.address }) < nonce + CHANNELS) {
    await client.mine({ blocks: 1 });
  }
  await client.setAutomine(true);
  const logs = await client.getContractEvents({
    address: network,
    abi: tokenNetworkAbi,
    eventName: "ChannelOpened",
    fromBlock: 0n,
  });
  return logs.map(({ args }) => args.channelId!);
}

chainTest(
  "watch() asks the chain a fixed number of questions a round, however many channels there are",
  async () => {
    const ids = await openMany();
    assert.equal(ids.length, CHANNELS);
    const asked = new Map<string, number>();
    const rounds = Promise.withResolvers<void>();
    let events = 0;
    let counting = false;
    await using wallet = await openWallet(await placeOf(node()), node().bob, {
      options: { watchEveryMs: 1 },
      over: (chain) =>
        new Proxy(chain, {
          get(target, name: keyof typeof chain) {
            const method = target[name] as (...args: unknown[]) => unknown;
            if (typeof method !== "function") return method;
            return (...args: unknown[]) => {
              // The first round checks every channel once, the second finds the openings in the log.
              if (name === "head" && events >= 1) counting = true;
              if (name === "channelEvents") events++;
              if (counting) asked.set(name, (asked.get(name) ?? 0) + 1);
              if (asked.get("channelEvents") === ROUNDS) rounds.resolve();
              return method.apply(target, args);
            };
          },
        }),
    });
    await wallet.store.commit(ids.map((channelId): Change => ({
      op: "putReceiverChannel",
      row: {
        channelId,
        peer: node().alice.address.toLowerCase(),
        credited: 0n,
        watermark: 0,
        bestClaim: null,
        spent: 0n,
      },
    })));
    const watch = wallet.manager.watch();
    await rounds.promise;
    // The newest block is requested again and again; a round starts after a new block.
    asked.delete("head");
    const questions = [...asked.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(questions <= 3 * ROUNDS, JSON.stringify(Object.fromEntries(asked)));
    assert.equal((await wallet.manager.list()).length, CHANNELS);
    for (const channelId of ids.slice(0, 3)) {
      assert.equal(await wallet.manager.refusesPackets(channelId), null);
    }
    await wallet.manager.stop();
    await watch;
  },
);
