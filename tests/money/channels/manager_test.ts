/** The channel manager on a real node: what it opens, deposits, closes and settles, exact to the unit. */
import assert from "node:assert/strict";
import type { OutgoingPacketRow } from "../../../store/store.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf } from "./wallets.ts";

const node = useChain();

chainTest(
  "createChannelManager() opens with an exact approval and the whole deposit, once for all who ask",
  async () => {
    const { alice, bob, token, network } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200_000_000n]);
    await using wallet = await openWallet(await placeOf(node()), alice, {
      options: { automaticDepositsPerDay: 2 },
    });
    const peer = { name: "bob", address: bob.address };
    const started = performance.now();
    const views = await Promise.all(
      [1n, 2n, 3n].map((units) => wallet.manager.ensure(peer, units)),
    );
    console.log("opened in", performance.now() - started, "ms");
    assert.equal(new Set(views.map(({ channelId }) => channelId)).size, 1);
    const [view] = views;
    assert.equal(view.status, "open");
    assert.equal(view.payer.depositUnits, 50_000_000n);
    assert.deepEqual(await node().side(view.channelId as `0x${string}`, alice.address), [
      50_000_000n,
      0n,
      0n,
    ]);
    const { allowanceRaw, tokenRaw } = await wallet.chain.funds(alice.address);
    assert.equal(allowanceRaw, 0n);
    assert.equal(tokenRaw, 150_000_000n);
    assert.equal(await node().balanceOf(network), 50_000_000n);
    const again = await wallet.manager.ensure(peer, 50_000_000n);
    assert.equal(again.channelId, view.channelId);
    const more = await wallet.manager.ensure(peer, 60_000_000n);
    assert.equal(more.channelId, view.channelId);
    assert.equal(more.payer.depositUnits, 100_000_000n);
    await assert.rejects(wallet.manager.ensure(peer, 100_000_001n), { code: "ceiling" });
  },
);

chainTest(
  "createChannelManager() closes, waits for the grace, settles, and the balances add up",
  async () => {
    const { alice, bob, token, network } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200_000_000n]);
    await using wallet = await openWallet(await placeOf(node()), alice, {
      options: { settlementTimeoutS: 3_600 },
    });
    const opened = await wallet.manager.open({
      peer: { name: "bob", address: bob.address },
      depositUnits: 5_000n,
    });
    assert.deepEqual(opened.transactions.map(({ call }) => call), [
      "openChannel",
      "approve",
      "setTotalDeposit",
    ]);
    const { name } = opened.channel;
    const closed = await wallet.manager.close(name);
    assert.equal(closed.channel.status, "closed");
    await assert.rejects(wallet.manager.settle(name), { code: "state" });
    assert.match((await wallet.manager.refusesPackets(opened.channel.channelId!))!, /closed/);
    await node().client.increaseTime({ seconds: 3_601 });
    await node().client.mine({ blocks: 1 });
    const settled = await wallet.manager.settle(name);
    assert.equal(settled.channel.status, "settled");
    assert.equal(await node().balanceOf(network), 0n);
    assert.equal(await node().balanceOf(alice.address), 200_000_000n);
    const planned = wallet.manager;
    assert.deepEqual(await planned.plan({ op: "settle", channel: name }), {
      steps: [],
      refused: null,
    });
    for (const operation of [{ op: "deposit", addUnits: 1n }, { op: "close" }] as const) {
      const { refused } = await planned.plan({ ...operation, channel: name });
      assert.match(refused!, /the channel is settled$/, operation.op);
    }
  },
);

chainTest(
  "createChannelManager() closes no channel over packets that wait for an answer",
  async () => {
    const { alice, bob, token } = node();
    await node().sendTo(token, alice, "faucet", [alice.address, 200_000_000n]);
    await using wallet = await openWallet(await placeOf(node()), alice, {
      options: { settlementTimeoutS: 3_600, closeWaitMs: 500 },
    });
    const { manager, store } = wallet;
    const peer = { name: "bob", address: bob.address };
    const signed = { peer: bob.address, signed: 100n, spent: 30n, forfeit: 0n, nonce: 2 };
    const packet: OutgoingPacketRow = {
      channelId: "",
      nonce: 2,
      cumulative: 100n,
      amount: 40n,
      claim: new Uint8Array(1),
      prepare: new Uint8Array(1),
      condition: new Uint8Array(32),
      obligation: "write:2",
      state: "open",
      expiresAtMs: 2,
      createdAtMs: 1,
      incoming: null,
      answer: null,
      about: null,
      writtenOffAtMs: null,
    };
    const withPacket = async () => {
      const { channel } = await manager.open({ peer, depositUnits: 1_000n });
      const channelId = channel.channelId!;
      await store.commit([
        { op: "putPayerChannel", row: { ...signed, channelId } },
        { op: "putOutgoing", row: { ...packet, channelId }, expect: "absent" },
      ]);
      return channel;
    };

    const { name, channelId } = await withPacket();
    const { creditUnits, openPackets } = await manager.plan({ op: "close", channel: name });
    assert.deepEqual([creditUnits, openPackets], [70n, 1]);
    await assert.rejects(manager.close(name), {
      code: "unresolved",
      message: /1 packet .* 0\.00007 M2M/,
    });
    const [open] = await manager.list();
    assert.deepEqual([open.status, open.note], ["open", null]);
    assert.equal(await manager.refusesPackets(channelId!), null);
    const { channel: abandoned } = await manager.close(name, { abandon: true });
    assert.equal(abandoned.status, "closed");
    assert.match(abandoned.note!, /0\.00007 M2M signed and not spent/);

    const other = await withPacket();
    const closing = manager.close(other.name);
    await store.commit([
      {
        op: "putOutgoing",
        row: {
          ...packet,
          channelId: other.channelId!,
          state: "fulfilled",
          answer: new Uint8Array(1),
        },
        expect: "open",
      },
      { op: "putPayerChannel", row: { ...signed, spent: 100n, channelId: other.channelId! } },
    ]);
    const { channel } = await closing;
    assert.deepEqual([channel.status, channel.note], ["closed", null]);
  },
);
