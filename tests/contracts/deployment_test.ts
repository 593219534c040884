import assert from "node:assert/strict";
import {
  encodeAbiParameters,
  getAddress,
  type Hex,
  keccak256,
  toHex as hexOf,
  zeroAddress,
} from "viem";
import { tokenNetworkAbi, tokenNetworkRegistryAbi } from "../../contracts/abi.ts";
import networkArtifact from "../../contracts/artifacts/TokenNetwork.json" with { type: "json" };
import tokenArtifact from "../../contracts/artifacts/TestToken.json" with { type: "json" };
import { testTokenAbi } from "../../contracts/abi.ts";
import { maskImmutables } from "../../contracts/runtime_code.ts";
import { domainSeparator } from "../../protocols/evm/typed_data.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import { published } from "../protocols/evm/vectors.ts";
import { chainTest, proofOf, startChain, useChain, withV } from "./chain.ts";

const chain = useChain();

chainTest("a fresh development chain gives the published addresses", async () => {
  const { token, registry, network, client } = chain();
  assert.equal(token, "0x5FbDB2315678afecb367f032d93F642f64180aa3");
  assert.equal(registry, "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512");
  assert.equal(network, "0xCafac3dD18aC6c6e92c921884f9E4176737C052c");
  const of = await client.readContract({
    address: registry,
    abi: tokenNetworkRegistryAbi,
    functionName: "token_network_to_token",
    args: [network],
  });
  assert.equal(of, token);
});

chainTest("createTokenNetwork() makes one network a token and refuses the rest", async () => {
  const { sendTo, registry, stranger, token, deploy } = chain();
  const another = await deploy(testTokenAbi, tokenArtifact.bytecode, ["Other", "OTH", 6]);
  const cases = [
    { name: "a second time", token, error: "TokenHasNetwork" },
    { name: "zero", token: zeroAddress, error: "TokenHasNoCode" },
    { name: "no contract", token: stranger.address, error: "TokenHasNoCode" },
    { name: "another token, by anyone", token: another, error: null },
  ];
  for (const { name, token, error } of cases) {
    const outcome = await sendTo(registry, stranger, "createTokenNetwork", [token]);
    assert.equal(outcome.error, error, name);
    if (error !== null) continue;
    const created = outcome.events.find((event) => event.name === "TokenNetworkCreated");
    assert.equal(created?.args.token, token);
  }
});

chainTest("TokenNetwork has the domain that our signer signs for", async () => {
  const { client, network, chainId } = chain();
  const separator = await client.readContract({
    address: network,
    abi: tokenNetworkAbi,
    functionName: "domainSeparator",
  });
  assert.equal(separator, toHex(domainSeparator({ chainId, verifyingContract: network })));
  const [, name, version, id, contract] = await client.readContract({
    address: network,
    abi: tokenNetworkAbi,
    functionName: "eip712Domain",
  });
  assert.deepEqual([name, version, id, contract], ["TokenNetwork", "1", BigInt(chainId), network]);
});

chainTest("maskImmutables() finds our code on chain and nothing else", async () => {
  const { client, network, registry } = chain();
  const { immutableRanges, runtimeBytecode } = networkArtifact;
  const code = await client.getCode({ address: network });
  assert.ok(code && code !== runtimeBytecode);
  assert.equal(maskImmutables(code, immutableRanges), runtimeBytecode);
  const other = await client.getCode({ address: registry });
  assert.notEqual(maskImmutables(other!, immutableRanges), runtimeBytecode);
  assert.equal(maskImmutables("0x", immutableRanges), "0x");
});

chainTest(
  "claimFromChannel() pays the claim that the network published, on its chain and contract",
  async () => {
    await using base = await startChain(published.domain.chainId);
    const { client, network, token, alice } = base;
    const contract = getAddress(published.domain.verifyingContract);
    const payer = getAddress(published.address);
    const channelId = published.proof.channelId as Hex;
    await client.setCode({
      address: contract,
      bytecode: (await client.getCode({ address: network }))!,
    });
    await base.sendTo(token, alice, "faucet", [contract, published.proof.transferredAmount]);

    const layout = await storageLayoutOf(base, payer);
    for (const [slot, value] of layout(channelId)) {
      await client.setStorageAt({ address: contract, index: slot, value });
    }
    const [, state] = await base.channel(channelId, contract);
    assert.equal(state, 1);
    const proof = proofOf(channelId, published.proof.nonce, published.proof.transferredAmount);
    const claim = (v: number) =>
      base.sendTo(contract, alice, "claimFromChannel", [
        channelId,
        proof,
        withV(published.signature as Hex, v),
      ]);
    assert.equal((await claim(0)).error, "InvalidSignature", "v must be 27 or 28 on chain");
    assert.equal((await claim(27)).error, null);
    assert.equal(await base.balanceOf(alice.address), published.proof.transferredAmount);
  },
);

/** Where a channel between the first account and `payer` lies in storage: found by watching a real opening and deposit. */
async function storageLayoutOf(base: Awaited<ReturnType<typeof startChain>>, payer: Hex) {
  const { client, network, alice } = base;
  const id = await base.open(alice, { address: payer } as typeof alice);
  await base.fund(alice, 1_500_000n);
  await base.send(alice, "setTotalDeposit", id, payer, 1_500_000n);
  const slotOf = (key: Hex, type: "bytes32" | "address", base: bigint | Hex) =>
    keccak256(encodeAbiParameters(
      [{ type }, { type: "bytes32" }],
      [key, typeof base === "bigint" ? hexOf(base, { size: 32 }) : base],
    ));
  const read = (slot: Hex) => client.getStorageAt({ address: network, slot });
  const mappings: bigint[] = [];
  for (let slot = 0n; slot < 10n; slot++) {
    const asChannel = await read(slotOf(id, "bytes32", slot));
    const asSide = await read(slotOf(payer, "address", slotOf(id, "bytes32", slot)));
    if (BigInt(asChannel ?? 0) + BigInt(asSide ?? 0) > 0n) mappings.push(slot);
  }
  const [channels, sides] = mappings;
  const words: [(channelId: Hex) => Hex, Hex][] = [];
  for (const word of [0n, 1n]) {
    const at = (channelId: Hex) =>
      hexOf(BigInt(slotOf(channelId, "bytes32", channels)) + word, { size: 32 });
    words.push([at, (await read(at(id)))!]);
  }
  const side = (channelId: Hex) => slotOf(payer, "address", slotOf(channelId, "bytes32", sides));
  words.push([side, (await read(side(id)))!]);
  return (channelId: Hex) => words.map(([at, value]) => [at(channelId), value] as const);
}
