import assert from "node:assert/strict";
import type { Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { chainTest, highS, type Proof, proofOf, useChain, withV } from "./chain.ts";

const chain = useChain();
const HOUR = 3_600n;

/** Alice's channel to Bob, 1,000 from each; and another of theirs, as full. */
async function twoChannels(): Promise<readonly [Hex, Hex]> {
  const { alice, bob, fund, open, send } = chain();
  const ids = [await open(alice, bob), await open(bob, alice)] as const;
  for (const side of [alice, bob]) {
    await fund(side, 2_000n);
    for (const id of ids) await send(side, "setTotalDeposit", id, side.address, 1_000n);
  }
  return ids;
}

/** Signed by other software than ours, with every field of the type. */
function signWhole(by: HDAccount, message: Proof): Promise<Hex> {
  const { chainId, network } = chain();
  return by.signTypedData({
    domain: { name: "TokenNetwork", version: "1", chainId, verifyingContract: network },
    primaryType: "BalanceProof",
    types: {
      BalanceProof: [
        { name: "channelId", type: "bytes32" },
        { name: "nonce", type: "uint256" },
        { name: "transferredAmount", type: "uint256" },
        { name: "lockedAmount", type: "uint256" },
        { name: "locksRoot", type: "bytes32" },
      ],
    },
    message: { ...message },
  });
}

chainTest("claimFromChannel() refuses every wrong proof, signature and caller", async () => {
  const { alice, bob, stranger, registry, send, sign, side, balanceOf } = chain();
  const [id, other] = await twoChannels();
  const first = proofOf(id, 5, 100n);
  const paid = sign(alice, first);
  assert.equal((await send(bob, "claimFromChannel", id, first, paid)).error, null);
  const good = proofOf(id, 6, 200n);
  const signature = sign(alice, good);
  const big = proofOf(id, 2n ** 64n, 200n);
  const locked = { ...good, lockedAmount: 1n };
  const rooted = { ...good, locksRoot: `0x${"11".repeat(32)}` as Hex };
  const elsewhere = proofOf(other, 6, 200n);
  const cases: readonly {
    name: string;
    by?: HDAccount;
    on?: Hex;
    proof?: Proof;
    signature?: Hex;
    error: string;
  }[] = [
    { name: "signed by a stranger", signature: sign(stranger, good), error: "InvalidSignature" },
    { name: "signed by the payee", signature: sign(bob, good), error: "InvalidSignature" },
    { name: "the payer's own", by: alice, error: "InvalidSignature" },
    { name: "by a stranger", by: stranger, error: "InvalidParticipant" },
    { name: "again", proof: first, signature: paid, error: "InvalidNonce" },
    ...[4, 5, 0].map((nonce) => ({
      name: `nonce ${nonce}, though for more`,
      proof: proofOf(id, nonce, 300n),
      signature: sign(alice, proofOf(id, nonce, 300n)),
      error: "InvalidNonce",
    })),
    {
      name: "a nonce of 65 bits",
      proof: big,
      signature: await signWhole(alice, big),
      error: "InvalidNonce",
    },
    ...[100n, 99n, 0n].map((amount) => ({
      name: `amount ${amount}, nothing new`,
      proof: proofOf(id, 6, amount),
      signature: sign(alice, proofOf(id, 6, amount)),
      error: "NothingToClaim",
    })),
    ...[1_001n, 2n ** 96n + 200n, 2n ** 256n - 1n].map((amount) => ({
      name: `amount ${amount}, above the deposit`,
      proof: proofOf(id, 6, amount),
      signature: sign(alice, proofOf(id, 6, amount)),
      error: "InsufficientChannelBalance",
    })),
    { name: "high s", signature: highS(signature), error: "InvalidSignature" },
    ...[0, 1, 2, 26, 29, 255].map((v) => ({
      name: `v ${v}`,
      signature: withV(signature, v),
      error: "InvalidSignature",
    })),
    {
      name: "the other v",
      signature: withV(signature, flipped(signature)),
      error: "InvalidSignature",
    },
    { name: "64 bytes", signature: signature.slice(0, -2) as Hex, error: "InvalidSignature" },
    { name: "66 bytes", signature: `${signature}00`, error: "InvalidSignature" },
    { name: "no bytes", signature: "0x", error: "InvalidSignature" },
    { name: "zeros", signature: `0x${"00".repeat(64)}1b`, error: "InvalidSignature" },
    {
      name: "another chain",
      signature: sign(alice, good, { chainId: 84_532 }),
      error: "InvalidSignature",
    },
    {
      name: "another contract",
      signature: sign(alice, good, { contract: registry }),
      error: "InvalidSignature",
    },
    { name: "amount changed", proof: proofOf(id, 6, 201n), error: "InvalidSignature" },
    { name: "nonce changed", proof: proofOf(id, 7, 200n), error: "InvalidSignature" },
    { name: "lock changed", proof: locked, error: "InvalidSignature" },
    { name: "locks root changed", proof: rooted, error: "InvalidSignature" },
    {
      name: "of another channel",
      proof: elsewhere,
      signature: sign(alice, elsewhere),
      error: "ProofOfAnotherChannel",
    },
    { name: "on another channel", on: other, error: "ProofOfAnotherChannel" },
    {
      name: "channel changed",
      on: other,
      proof: elsewhere,
      error: "InvalidSignature",
    },
  ];
  const before = await balanceOf(bob.address);
  for (const { name, by = bob, on = id, proof = good, error, ...rest } of cases) {
    const given = rest.signature ?? signature;
    assert.equal((await send(by, "claimFromChannel", on, proof, given)).error, error, name);
  }
  assert.deepEqual(await side(id, alice.address), [1_000n, 5n, 100n]);
  assert.deepEqual(await side(other, alice.address), [1_000n, 0n, 0n]);
  assert.equal(await balanceOf(bob.address), before);
  assert.equal((await send(bob, "claimFromChannel", id, good, signature)).error, null, "control");
});

chainTest("claimFromChannel() ignores the lock fields, but they must be signed", async () => {
  const { alice, bob, send, balanceOf } = chain();
  const [id] = await twoChannels();
  const proof = {
    ...proofOf(id, 1, 100n),
    lockedAmount: 50n,
    locksRoot: `0x${"11".repeat(32)}` as Hex,
  };
  const { error } = await send(
    bob,
    "claimFromChannel",
    id,
    proof,
    await signWhole(alice, proof),
  );
  assert.equal(error, null);
  assert.equal(await balanceOf(bob.address), 100n);
});

chainTest("claimFromChannel() does not net the two sides' deposits", async () => {
  const { alice, bob, fund, open, send, sign } = chain();
  const id = await open(alice, bob);
  await fund(bob, 1_000n);
  await send(bob, "setTotalDeposit", id, bob.address, 1_000n);
  const proof = proofOf(id, 1, 1n);
  const { error } = await send(bob, "claimFromChannel", id, proof, sign(alice, proof));
  assert.equal(error, "InsufficientChannelBalance", "Alice has no deposit");
});

chainTest("claimFromChannel() pays until the settlement, not only until the timeout", async () => {
  const { alice, bob, send, sign, later } = chain();
  const [id] = await twoChannels();
  const claim = (nonce: number) => {
    const proof = proofOf(id, nonce, BigInt(nonce) * 10n);
    return send(bob, "claimFromChannel", id, proof, sign(alice, proof));
  };
  await send(alice, "closeChannel", id);
  assert.equal((await claim(1)).error, null, "closed");
  await later(2n * HOUR);
  assert.equal((await claim(2)).error, null, "timeout over");
  assert.equal((await send(alice, "settleChannel", id)).error, null);
  assert.equal((await claim(3)).error, "InvalidChannelState", "settled");
});

/** The v that is not this signature's. */
function flipped(signature: Hex): number {
  return signature.endsWith("1b") ? 28 : 27;
}
