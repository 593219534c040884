/** The channel watch on a real node: it claims what we were paid before a close can take it away. */
import assert from "node:assert/strict";
import type { Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../../protocols/evm/claim.ts";
import { systemTimers, type Timers } from "../../../base/timers.ts";
import { chainTest, proofOf, useChain } from "../../contracts/chain.ts";
import { openWallet, placeOf, type Wallet, type WalletOptions } from "./wallets.ts";

const node = useChain();
const DEPOSIT = 1_000n;

/** A channel of alice's, with her deposit in it. */
async function opened(): Promise<Hex> {
  const { alice, bob } = node();
  await node().fund(alice, DEPOSIT);
  const channelId = await node().open(alice, bob);
  await node().send(alice, "setTotalDeposit", channelId, alice.address, DEPOSIT);
  return channelId;
}

/** The receiver's row after a packet. */
async function credit(
  wallet: Wallet,
  channelId: Hex,
  amount: bigint,
  nonce = 1,
  signer: HDAccount = node().alice,
): Promise<void> {
  const claim = encodeClaim({
    messageId: "m",
    timestamp: "2026-01-01T00:00:00Z",
    senderId: "alice",
    channelId: asChannelId(channelId),
    nonce,
    transferredAmount: amount,
    signature: node().sign(signer, proofOf(channelId, nonce, amount)),
    signerAddress: asAddress(node().alice.address),
    chainId: node().chainId,
    tokenNetworkAddress: asAddress(node().network),
  });
  await wallet.store.commit([{
    op: "putReceiverChannel",
    row: {
      channelId,
      peer: node().alice.address.toLowerCase(),
      credited: amount,
      watermark: nonce,
      bestClaim: claim,
      spent: 0n,
    },
  }]);
}

const receiver = async (options: WalletOptions = {}) =>
  await openWallet(await placeOf(node()), node().bob, options);

async function until(ask: () => Promise<unknown>): Promise<void> {
  while (!await ask()) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function watching(wallet: Wallet, check: () => Promise<void>): Promise<void> {
  const watch = wallet.manager.watch();
  await check();
  await wallet.manager.stop();
  await watch;
}

const later = async (seconds: number) => {
  await node().client.increaseTime({ seconds });
  await node().client.mine({ blocks: 1 });
};
const earned = async () => await node().balanceOf(node().bob.address);

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
  "watch() asks for the newest block alone while it stays the same",
  async () => {
    const channelId = await opened();
    const asked: string[] = [];
    const rounds = Promise.withResolvers<void>();
    await using wallet = await receiver({
      over: (chain) => ({
        ...chain,
        async head(maxAgeMs) {
          asked.push("head");
          if (asked.filter((each) => each === "head").length === 40) rounds.resolve();
          return await chain.head(maxAgeMs);
        },
        async contracts() {
          asked.push("contracts");
          return await chain.contracts();
        },
        async channelEvents(ids, fromBlock) {
          asked.push("events");
          return await chain.channelEvents(ids, fromBlock);
        },
      }),
    });
    await credit(wallet, channelId, 1n);
    await watching(wallet, () => rounds.promise);
    const others = asked.filter((each) => each !== "head").length;
    assert.ok(others <= 10, `${others} other questions in 40 rounds`);
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

function alice() {
  return { name: "alice", address: node().alice.address };
}

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

function pricedAt(feePerGasWei: () => Promise<bigint>): WalletOptions["over"] {
  return (chain) =>
    new Proxy(chain, {
      get(target, name: keyof typeof chain) {
        if (name === "feePerGasWei") return feePerGasWei;
        const value = target[name] as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
}

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

chainTest(
  "watch() asks in each round for the head of that moment, never for one that was seen before",
  async () => {
    const channelId = await opened();
    const ages: (number | undefined)[] = [];
    await using wallet = await receiver({
      over: (chain) => ({
        ...chain,
        head: (maxAgeMs) => {
          ages.push(maxAgeMs);
          return chain.head(maxAgeMs);
        },
      }),
    });
    await credit(wallet, channelId, 700n);
    await watching(wallet, () => until(() => Promise.resolve(ages.length >= 6)));
    // A sweep asks once more, for all known channels.
    const rounds = ages.filter((age) => age !== undefined);
    assert.deepEqual(new Set(rounds), new Set([0]));
  },
);

/** A receiver whose watch counts its rounds, and finds no chain while `isAway`. */
async function counted(options: WalletOptions["options"]) {
  const state = { isAway: false, rounds: 0 };
  const wallet = await receiver({
    options,
    over: (chain) => ({
      ...chain,
      async head(maxAgeMs) {
        state.rounds += 1;
        if (state.isAway) throw new Error("away");
        return await chain.head(maxAgeMs);
      },
    }),
  });
  const more = async () => {
    const before = state.rounds;
    await until(() => Promise.resolve(state.rounds > before + 3));
  };
  return { wallet, state, more };
}

chainTest(
  "watch() warns once while the chain cannot be read, and says when it can be again",
  async () => {
    const { wallet, state, more } = await counted({});
    await using _ = wallet;
    await watching(wallet, async () => {
      for (let times = 0; times < 2; times++) {
        state.isAway = false;
        await more();
        state.isAway = true;
        await more();
      }
    });
    const said = wallet.logs.filter((line) => line.includes("watched"));
    assert.deepEqual(said.map((line) => line.split(" ", 1)[0]), ["warn", "info", "warn"]);
  },
);

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
