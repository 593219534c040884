/** What counts when: confirmations, reorganisations, clocks, and how much is asked for it. */
import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { asAddress } from "../../../protocols/evm/address.ts";
import { encodeCall } from "../../../protocols/evm/call_data.ts";
import { type Chain, chainTest, startChain, useChain } from "../../contracts/chain.ts";
import { answering, faultyRpc } from "./faulty_rpc.ts";
import { callsOf, openChain, optionsFor } from "./on_node.ts";

const node = useChain();

/** The payer's deposit on the chain now. */
async function depositOf(
  chain: ReturnType<typeof openChain>,
  id: string,
  at: Chain,
): Promise<bigint | null> {
  await chain.head(0);
  const facts = await chain.channel(id);
  const own = at.alice.address.toLowerCase();
  return facts?.participants.find(({ address }) => address === own)?.depositUnits ?? null;
}

chainTest(
  "evmChain() counts an opening and a deposit when they are confirmed, a close at once",
  async () => {
    const at = node();
    using chain = openChain(optionsFor(at, { confirmations: 3 }));
    await at.fund(at.alice, 1_000n);
    const id = await at.open(at.alice, at.bob);
    await chain.head(0);
    assert.equal(await chain.channel(id), null);
    await at.client.mine({ blocks: 1 });
    await chain.head(0);
    assert.equal(await chain.channel(id), null);
    await at.client.mine({ blocks: 1 });
    assert.equal(await depositOf(chain, id, at), 0n);
    await at.send(at.alice, "setTotalDeposit", id, at.alice.address, 400n);
    assert.equal(await depositOf(chain, id, at), 0n);
    await at.client.mine({ blocks: 2 });
    assert.equal(await depositOf(chain, id, at), 400n);
    await at.send(at.bob, "closeChannel", id);
    await chain.head(0);
    const closed = await chain.channel(id);
    assert.equal(closed?.state, "closed");
    const { timestamp } = await at.client.getBlock();
    assert.equal(closed?.closedAtS, Number(timestamp));
  },
);

chainTest("evmChain() sees at once that any of several channels was closed", async () => {
  const at = node();
  using chain = openChain(optionsFor(at, { confirmations: 9 }));
  const pairs = [[at.alice, at.bob], [at.alice, at.owner], [at.bob, at.owner]] as const;
  const ids: string[] = [];
  for (const [a, b] of pairs) ids.push(await at.open(a, b));
  await at.client.mine({ blocks: 9 });
  const states = async () => {
    await chain.head(0);
    const facts = await Promise.all([ids[0], ...ids].map((id) => chain.channel(id)));
    return facts.slice(1).map((each) => each?.state);
  };
  assert.deepEqual(await states(), ["open", "open", "open"]);
  for (const [index, [by]] of pairs.entries()) await at.send(by, "closeChannel", ids[index]);
  assert.deepEqual(await states(), ["closed", "closed", "closed"]);
});

chainTest(
  "evmChain() forgets a close that a reorganisation took back, and facts of blocks that vanished",
  async () => {
    const at = node();
    using chain = openChain(optionsFor(at, { confirmations: 2 }));
    await at.fund(at.alice, 1_000n);
    const id = await at.open(at.alice, at.bob);
    await at.client.mine({ blocks: 2 });
    const open = await at.client.snapshot();
    await at.send(at.bob, "closeChannel", id);
    await chain.head(0);
    assert.equal((await chain.channel(id))?.state, "closed");
    await at.client.revert({ id: open });
    await at.client.mine({ blocks: 3 });
    await chain.head(0);
    assert.equal((await chain.channel(id))?.state, "open");
    // Deeper than the confirmations: a deposit that counted is gone with its block.
    const before = await at.client.snapshot();
    await at.send(at.alice, "setTotalDeposit", id, at.alice.address, 400n);
    await at.client.mine({ blocks: 4 });
    assert.equal(await depositOf(chain, id, at), 400n);
    await at.client.revert({ id: before });
    assert.equal(await depositOf(chain, id, at), 0n);
    await at.client.mine({ blocks: 9 });
    assert.equal(await depositOf(chain, id, at), 0n);
  },
);

chainTest(
  "evmChain() sees through anvil_reorg: a transaction waits again and a channel is gone",
  async () => {
    // A separate node, because no snapshot survives a reorganisation.
    await using at = await startChain();
    await at.client.mine({ blocks: 3 });
    using chain = openChain(optionsFor(at));
    const id = await at.open(at.alice, at.bob);
    await chain.head(0);
    assert.equal((await chain.channel(id))?.state, "open");
    await at.client.request({ method: "anvil_reorg" as never, params: [2, []] as never });
    await chain.head(0);
    assert.equal(await chain.channel(id), null);
    const again = await at.open(at.bob, at.alice);
    assert.equal(again, id, "the counter went back with the block");
    await chain.head(0);
    assert.equal((await chain.channel(id))?.settlementTimeoutS, 3_600);
  },
);

chainTest(
  "evmChain() gives facts within their bound while nobody answers, and none past it",
  async () => {
    const at = node();
    await using rpc = faultyRpc(at.url);
    let now = Date.now();
    using chain = openChain(
      optionsFor(at, { rpcUrls: [rpc.url], maxAgeMs: 10_000, deadlineMs: 50, pollMs: 3_600_000 }),
      { timers: { ...systemTimers, now: () => now } },
    );
    const id = await at.open(at.alice, at.bob);
    assert.equal((await chain.channel(id))?.state, "open");
    rpc.fault = () => new Response("", { status: 500 });
    now += 10_000;
    assert.equal((await chain.channel(id))?.state, "open");
    const deadline = now + 1;
    now = deadline;
    const failing = chain.channel(id);
    now += 1_000;
    await assert.rejects(() => failing, { code: "stale" });
    // A clock that is set back does not make facts younger.
    now -= 60_000;
    const skewed = chain.channel(id);
    now += 1_000;
    await assert.rejects(() => skewed, { code: "stale" });
    rpc.fault = null;
    assert.equal((await chain.channel(id))?.state, "open");
  },
);

chainTest(
  "evmChain() reads from the block that replaced one which vanished meanwhile, and says what fails otherwise",
  async () => {
    const at = node();
    const id = await at.open(at.alice, at.bob);
    for (const replaced of [true, false]) {
      await using rpc = faultyRpc(at.url);
      using chain = openChain(optionsFor(at, { rpcUrls: [rpc.url], maxAgeMs: 3_600_000 }));
      await chain.head(0);
      let gone: unknown;
      rpc.fault = async (calls, forward) => {
        const read = calls.find(({ method }) => method === "eth_call");
        if (read !== undefined && gone === undefined) {
          gone = JSON.stringify(read.params[1]);
          if (replaced) await at.client.mine({ blocks: 1 });
        }
        const error = { code: -32000, message: "header not found" };
        return await answering(
          "eth_call",
          ({ params }) => JSON.stringify(params[1]) === gone ? { error } : null,
        )(calls, forward, Promise.resolve());
      };
      if (replaced) assert.equal((await chain.channel(id))?.state, "open");
      else await assert.rejects(chain.channel(id), { code: "rpc" });
      assert.notEqual(gone, undefined);
    }
  },
);

chainTest("evmChain() does not trust a chain whose newest block is too old", async () => {
  const at = node();
  const id = await at.open(at.alice, at.bob);
  const { timestamp } = await at.client.getBlock();
  let now = Number(timestamp) * 1_000 + 59_000;
  using chain = openChain(optionsFor(at, { maxBlockAgeMs: 60_000, pollMs: 3_600_000 }), {
    timers: { ...systemTimers, now: () => now },
  });
  assert.equal((await chain.channel(id))?.state, "open");
  now += 2_000;
  await assert.rejects(() => chain.channel(id), { code: "stale", message: /newest block/ });
  // Our clock is behind: a block of the future is no old one.
  now -= 3_600_000;
  assert.equal((await chain.channel(id))?.state, "open");
});

chainTest(
  "evmChain() asks the same for a block whether 10 channels are in use or 1,000",
  async () => {
    const at = node();
    await using rpc = faultyRpc(at.url);
    using chain = openChain(optionsFor(at, { rpcUrls: [rpc.url], pollMs: 3_600_000 }));
    await openMany(at, 1_000);
    const ids = await chain.channelsBetween(at.alice.address, at.bob.address);
    assert.equal(ids.length, 1_000);
    const first = rpc.requests;
    const facts = await Promise.all(ids.map((id) => chain.channel(id)));
    assert.ok(facts.every((found) => found?.state === "open"));
    assert.ok(rpc.requests - first < 150, `${rpc.requests - first} requests for 1,000 channels`);
    const counted = [];
    for (const some of [ids.slice(0, 10), ids]) {
      await at.client.mine({ blocks: 1 });
      const before = rpc.seen.length;
      await chain.head(0);
      await Promise.all(some.map((id) => chain.channel(id)));
      counted.push(rpc.seen.length - before);
    }
    assert.deepEqual(counted, [5, 5]);
    // Only a changed channel is read again.
    await at.send(at.alice, "closeChannel", ids[500] as `0x${string}`);
    const before = rpc.seen.length;
    await chain.head(0);
    const after = await Promise.all(ids.map((id) => chain.channel(id)));
    assert.equal(after.filter((found) => found?.state === "closed").length, 1);
    assert.equal(rpc.seen.length - before, 5 + 3);
  },
);

chainTest(
  "evmChain() finds a channel's opening block where a node takes no wide range of blocks",
  async () => {
    const at = node();
    await at.client.mine({ blocks: 200, interval: 2 });
    const id = await at.open(at.alice, at.bob);
    const opening = await at.client.getBlock();
    await at.client.mine({ blocks: 300, interval: 3 });
    await using rpc = faultyRpc(at.url);
    rpc.fault = answering("eth_getLogs", ({ params }) => {
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      return Number(toBlock) - Number(fromBlock) > 50
        ? { error: { code: -32_005, message: "query exceeds max block range 50" } }
        : null;
    });
    using chain = openChain(optionsFor(at, { rpcUrls: [rpc.url], pollMs: 3_600_000 }));
    assert.equal((await chain.channel(id))?.openedBlockHash, opening.hash);
    assert.ok(rpc.requests < 40, `${rpc.requests} requests`);
    assert.deepEqual(await chain.channelsBetween(at.alice.address, at.bob.address), [id]);
    const { events } = await chain.channelEvents([id], 1);
    assert.deepEqual(events.map(({ name }) => name), ["opened"]);
  },
);

chainTest(
  "evmChain() finds two accounts' channels where a node takes one block of logs at a time",
  async () => {
    const at = node();
    await at.open(at.alice, at.stranger);
    const closed = await at.open(at.alice, at.bob);
    await at.send(at.alice, "closeChannel", closed);
    await at.open(at.bob, at.stranger);
    const open = await at.open(at.bob, at.alice);
    const settled = await at.open(at.bob, at.alice);
    await at.send(at.bob, "closeChannel", settled);
    await at.client.mine({ blocks: 600, interval: 20 });
    await at.send(at.bob, "settleChannel", settled);
    await using rpc = faultyRpc(at.url);
    rpc.fault = answering("eth_getLogs", ({ params }) => {
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      return fromBlock === toBlock
        ? null
        : { error: { code: -32_005, message: "query exceeds max block range 1" } };
    });
    using chain = openChain(optionsFor(at, { rpcUrls: [rpc.url], pollMs: 3_600_000 }));
    assert.deepEqual(
      await chain.channelsBetween(at.alice.address, at.bob.address),
      [closed, open],
    );
    assert.ok(rpc.requests < 20, `${rpc.requests} requests`);
  },
);

/** Opens channels between Alice and Bob, as many to a block as its gas allows. */
async function openMany(at: Chain, count: number): Promise<void> {
  const { to, data } = encodeCall(callsOf(at).open(at.bob), asAddress(at.alice.address));
  const nonce = await at.client.getTransactionCount({ address: at.alice.address });
  await at.client.setAutomine(false);
  const sent = Array.from({ length: count }, (_, index) => ({
    from: at.alice.address,
    to,
    data: `0x${data.toHex()}`,
    gas: "0x30d40",
    nonce: `0x${(nonce + index).toString(16)}`,
  }));
  await Promise.all(
    sent.map((one) =>
      at.client.request({ method: "eth_sendTransaction" as never, params: [one] as never })
    ),
  );
  await at.client.mine({ blocks: Math.ceil(count / 100) });
  await at.client.setAutomine(true);
}
