/** A failed request is not done later in addition to the next request. */
import assert from "node:assert/strict";
import { ChainError } from "../../../money/evm/chain_connection.ts";
import type { OpenEvmChain } from "../../../money/evm/evm_chain.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf, type Wallet } from "./wallets.ts";

const node = useChain();
const peer = () => ({ name: "bob", address: node().bob.address });

/** A chain that refuses to price an approval while the test says so. */
function pricey(refusing: { now: boolean }) {
  return (chain: OpenEvmChain): OpenEvmChain =>
    new Proxy(chain, {
      get(target, name: keyof OpenEvmChain) {
        const value = target[name] as unknown;
        if (typeof value !== "function") return value;
        if (name !== "quote") return value.bind(target);
        return async (...args: Parameters<OpenEvmChain["quote"]>) => {
          if (refusing.now && args[0].call === "approve") {
            throw new ChainError("gas_ceiling", "Cannot approve: gas costs too much");
          }
          return await target.quote(...args);
        };
      },
    });
}

async function funded(refusing: { now: boolean }, folder?: string): Promise<Wallet> {
  const { alice, token } = node();
  await node().sendTo(token, alice, "faucet", [alice.address, 10_000n]);
  return await openWallet(await placeOf(node()), alice, { over: pricey(refusing), folder });
}

const locked = () => node().balanceOf(node().network);

chainTest(
  "createChannelManager() forgets a deposit that it refused: the next one is not on top",
  async () => {
    const refusing = { now: false };
    await using wallet = await funded(refusing);
    const { manager } = wallet;
    const { channel: { name } } = await manager.open({ peer: peer(), depositUnits: 100n });
    refusing.now = true;
    await assert.rejects(manager.deposit(name, 50n), { code: "chain" });
    await assert.rejects(manager.deposit(name, 50n), { code: "chain" });
    refusing.now = false;
    const { channel } = await manager.deposit(name, 50n);
    assert.equal(channel.payer.depositUnits, 150n);
    assert.equal(await locked(), 150n);
  },
);

chainTest(
  "createChannelManager() does not make a refused deposit by itself at the next start",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "k" });
    try {
      const refusing = { now: false };
      {
        await using wallet = await funded(refusing, folder);
        const { channel } = await wallet.manager.open({ peer: peer(), depositUnits: 100n });
        refusing.now = true;
        await assert.rejects(wallet.manager.deposit(channel.name, 50n), { code: "chain" });
        refusing.now = false;
      }
      await using wallet = await funded(refusing, folder);
      const [view] = await wallet.manager.list();
      const { channel } = await wallet.manager.deposit(view.name, 1n);
      assert.equal(channel.payer.depositUnits, 101n);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

for (
  const { name, again, deposit } of [
    { name: "open", again: 100n, deposit: 100n },
    { name: "open with another deposit", again: 70n, deposit: 70n },
  ]
) {
  chainTest(
    `createChannelManager() goes on with an opening that was refused half way: ${name}`,
    async () => {
      const refusing = { now: true };
      await using wallet = await funded(refusing);
      const { manager } = wallet;
      await assert.rejects(manager.open({ peer: peer(), depositUnits: 100n }), {
        code: "chain",
      });
      refusing.now = false;
      const { channel } = await manager.open({ peer: peer(), depositUnits: again });
      assert.equal(channel.status, "open");
      assert.equal(channel.payer.depositUnits, deposit);
      assert.equal((await manager.list()).length, 1);
      assert.equal(await locked(), deposit);
    },
  );
}

chainTest(
  "createChannelManager() pays through no second channel while an opening is refused",
  async () => {
    const refusing = { now: true };
    await using wallet = await funded(refusing);
    const { manager } = wallet;
    await assert.rejects(manager.open({ peer: peer(), depositUnits: 100n }), { code: "chain" });
    await assert.rejects(manager.ensure(peer(), 10n), { code: "chain" });
    assert.equal((await manager.list()).length, 1);
    refusing.now = false;
    const view = await manager.ensure(peer(), 10n);
    assert.equal(view.payer.depositUnits, 100n);
    assert.equal((await manager.list()).length, 1);
  },
);

chainTest("createChannelManager() opens once for two who ask for the same at once", async () => {
  await using wallet = await funded({ now: false });
  const request = { peer: peer(), depositUnits: 100n };
  const [one, two] = await Promise.all([
    wallet.manager.open(request),
    wallet.manager.open(request),
  ]);
  assert.equal(one.channel.channelId, two.channel.channelId);
  assert.equal(await locked(), 100n);
});

chainTest(
  "createChannelManager() makes one of two deposits that the account has for one alone, and refuses the other",
  async () => {
    await using wallet = await funded({ now: false });
    const { manager } = wallet;
    const peers = [peer(), { name: "stranger", address: node().stranger.address }];
    const names: string[] = [];
    for (const each of peers) {
      names.push((await manager.open({ peer: each, depositUnits: 100n })).channel.name);
    }
    const results = await Promise.allSettled(names.map((name) => manager.deposit(name, 6_000n)));
    assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const refused = results.find((result) => result.status === "rejected");
    assert.equal(refused?.reason.code, "funds");
    assert.equal(await locked(), 6_200n);
  },
);
