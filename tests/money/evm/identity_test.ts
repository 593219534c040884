/** A chain, contract, token or price that differs from the profile. */
import assert from "node:assert/strict";
import { keccak256 } from "viem";
import tokenArtifact from "../../../contracts/artifacts/TestToken.json" with { type: "json" };
import { testTokenAbi } from "../../../contracts/abi.ts";
import type { EvmChainOptions } from "../../../money/evm/evm_options.ts";
import { type Chain, chainTest, startChain, useChain } from "../../contracts/chain.ts";
import { faultyRpc } from "./faulty_rpc.ts";
import { callsOf, mined, openChain, optionsFor, signed } from "./on_node.ts";

const node = useChain();
const NOBODY = `0x${"12".repeat(20)}`;

const refused: readonly {
  readonly name: string;
  readonly options: (at: Chain) => Partial<EvmChainOptions> | Promise<Partial<EvmChainOptions>>;
  readonly code: string;
  readonly says: RegExp;
}[] = [
  {
    name: "no contract as registry",
    options: () => ({ registryAddress: NOBODY }),
    code: "wrong_contract",
    says: /no contract at the registry's address 0x1212/,
  },
  {
    name: "another contract as registry",
    options: (at) => ({ registryAddress: at.token }),
    code: "wrong_contract",
    says: /is not a registry/,
  },
  {
    name: "an account as token",
    options: () => ({ tokenAddress: NOBODY }),
    code: "wrong_token",
    says: /no contract at the token's address/,
  },
  {
    name: "a token without a network",
    options: async (at) => ({ tokenAddress: await anotherToken(at, 18) }),
    code: "wrong_contract",
    says: /has no network for token/,
  },
  {
    name: "a registry that names another network than the profile",
    options: () => ({ tokenNetworkAddress: NOBODY }),
    code: "wrong_contract",
    says: /the registry names network 0x[0-9a-f]{40}, the profile 0x1212/,
  },
  {
    name: "a token with other decimals",
    options: async (at) => {
      const tokenAddress = await anotherToken(at, 6);
      await at.sendTo(at.registry, at.owner, "createTokenNetwork", [tokenAddress]);
      return { tokenAddress };
    },
    code: "wrong_token",
    says: /has 6 decimals, the profile 18/,
  },
  {
    name: "a network whose code is not ours",
    options: async (at) => {
      const code = await at.client.getCode({ address: at.network });
      await at.client.setCode({
        address: at.network,
        bytecode: `${code!.slice(0, -2)}00` as never,
      });
      return {};
    },
    code: "wrong_contract",
    says: /the code of network .* is not ours/,
  },
  {
    name: "a registry whose code is not ours",
    options: async (at) => {
      const code = await at.client.getCode({ address: at.registry });
      await at.client.setCode({ address: at.registry, bytecode: `${code!}00` as never });
      return {};
    },
    code: "wrong_contract",
    says: /the code of registry .* is not ours/,
  },
  {
    name: "a network whose code the profile does not pin",
    options: () => ({ tokenNetworkCodeHash: `0x${"00".repeat(32)}` }),
    code: "wrong_contract",
    says: /not the one that the profile pins/,
  },
  {
    name: "another chain id",
    options: () => ({ chainId: 84_532 }),
    code: "wrong_chain",
    says: /it is chain 31337, not 84532/,
  },
];

for (const { name, options, code, says } of refused) {
  chainTest(`evmChain() refuses ${name} as ${code} before anything is sent`, async () => {
    const at = node();
    const more = await options(at);
    await using rpc = faultyRpc(at.url);
    using chain = openChain(optionsFor(at, { ...more, rpcUrls: [rpc.url] }));
    const raw = await signed(at, at.alice, callsOf(at).open(at.bob));
    for (const ask of [() => chain.contracts(), () => chain.broadcast(raw)]) {
      await assert.rejects(ask, { name: "ChainError", code, message: says });
    }
    assert.ok(!rpc.seen.some(({ method }) => method === "eth_sendRawTransaction"));
  });
}

chainTest(
  "evmChain() takes a network of others whose code the profile pins, or does not compare",
  async () => {
    const at = node();
    const code = await at.client.getCode({ address: at.network });
    for (const tokenNetworkCodeHash of [keccak256(code!), null]) {
      using chain = openChain(optionsFor(at, { tokenNetworkCodeHash }));
      assert.equal((await chain.contracts()).tokenNetwork, at.network.toLowerCase());
    }
  },
);

chainTest(
  "evmChain() knows a chain started afresh behind the same address, and trusts nothing of it",
  async () => {
    const at = node();
    await using fresh = await startChain(31_337, 1_900_000_000);
    await using rpc = faultyRpc(at.url);
    using chain = openChain(optionsFor(at, { rpcUrls: [rpc.url] }));
    const id = await at.open(at.alice, at.bob);
    assert.equal((await chain.channel(id))?.state, "open");
    const raw = await signed(at, at.alice, callsOf(at).open(at.bob));
    await fresh.open(fresh.alice, fresh.bob);
    rpc.target = fresh.url;
    await assert.rejects(() => chain.broadcast(raw), {
      code: "wrong_chain",
      message: /restarted from genesis/,
    });
    assert.equal(await fresh.client.getTransactionCount({ address: fresh.alice.address }), 1);
    await assert.rejects(() => chain.channel(id), { code: "wrong_chain" });
    rpc.target = at.url;
    assert.equal((await chain.channel(id))?.state, "open");
  },
);

chainTest("evmChain() notices a chain started afresh though no connection broke", async () => {
  const at = node();
  await using fresh = await startChain(31_337, 1_900_000_000);
  await using rpc = faultyRpc(at.url);
  using chain = openChain(optionsFor(at, { rpcUrls: [rpc.url] }));
  await chain.head();
  await fresh.client.mine({ blocks: 20 });
  rpc.target = fresh.url;
  await assert.rejects(() => chain.head(0), { code: "wrong_chain" });
});

chainTest(
  "evmChain() sends nothing dearer than its ceilings, and nothing that cannot be paid",
  async () => {
    const at = node();
    const open = callsOf(at).open(at.bob);
    const quote = async (more: Partial<EvmChainOptions>) => {
      using chain = openChain(optionsFor(at, more));
      return await chain.quote(open, at.alice.address);
    };
    await assert.rejects(() => quote({ maxGasLimit: 90_000n }), {
      code: "gas_ceiling",
      message: /needs \d+ gas, at most 90000 is allowed/,
    });
    await at.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 50_000_000_000n });
    await at.client.mine({ blocks: 1 });
    await assert.rejects(() => quote({ maxFeePerGasWei: 40_000_000_000n }), {
      code: "gas_ceiling",
      message: /gas costs \d+ wei, at most 40000000000 is allowed/,
    });
    const capped = await quote({ maxFeePerGasWei: 60_000_000_000n, maxPriorityFeePerGasWei: 7n });
    assert.equal(capped.maxFeePerGasWei, 60_000_000_000n);
    assert.equal(capped.maxPriorityFeePerGasWei, 7n);
    // A snapshot does not contain the fee.
    await at.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1_000_000_000n });
    await at.client.setBalance({ address: at.alice.address, value: 1_000_000n });
    await assert.rejects(() => quote({}), { code: "funds" });
  },
);

chainTest("evmChain() reports a transaction that waits, and what it was replaced by", async () => {
  const at = node();
  using chain = openChain(optionsFor(at));
  const calls = callsOf(at);
  await at.client.setAutomine(false);
  const nonce = await at.client.getTransactionCount({ address: at.alice.address });
  const slow = await signed(at, at.alice, calls.open(at.bob), { nonce });
  await chain.broadcast(slow);
  await chain.broadcast(slow);
  assert.deepEqual(await chain.transaction(keccak256(slow)), { state: "pending" });
  assert.deepEqual(await chain.transactionCount(at.alice.address), {
    confirmed: nonce,
    latest: nonce,
    pending: nonce + 1,
  });
  const same = await signed(at, at.alice, calls.open(at.stranger), { nonce });
  await assert.rejects(() => chain.broadcast(same), { code: "underpriced" });
  const more = { nonce, maxFeePerGas: 40_000_000_000n, maxPriorityFeePerGas: 2_000_000n };
  const faster = await signed(at, at.alice, calls.open(at.stranger), more);
  await chain.broadcast(faster);
  await at.client.mine({ blocks: 1 });
  await at.client.setAutomine(true);
  assert.equal((await mined(chain, faster)).state, "confirmed");
  assert.deepEqual(await chain.transaction(keccak256(slow)), { state: "unknown" });
  await assert.rejects(() => chain.broadcast(slow), { code: "nonce_used" });
  await chain.broadcast(faster);
});

async function anotherToken(at: Chain, decimals: number): Promise<string> {
  return await at.deploy(testTokenAbi, tokenArtifact.bytecode, ["Other", "OTH", decimals]);
}
