import assert from "node:assert/strict";
import { type Abi, type Address, encodeFunctionData, type Hex, toFunctionSelector } from "viem";
import type { HDAccount } from "viem/accounts";
import { tokenNetworkAbi } from "../../contracts/abi.ts";
import { compileSources } from "../../contracts/compiler.ts";
import { chainTest, proofOf, useChain } from "./chain.ts";

const SOURCE = "tests/contracts/HostileToken.sol";
const text = Deno.readTextFileSync(new URL("./HostileToken.sol", import.meta.url));
const [artifact] = compileSources({ [SOURCE]: text }, { optimizer: { enabled: false } })
  .get(SOURCE)!;
const abi = artifact.abi as Abi;
const chain = useChain();
const HOUR = 3_600n;

/** A hostile token with its network, and calls of both. */
async function hostile() {
  const { alice, bob, deploy, sendTo, transact, owner, registry, open, sign, client } = chain();
  const token = await deploy(abi, artifact.bytecode);
  const { events } = await sendTo(registry, owner, "createTokenNetwork", [token]);
  const network = events.find(({ name }) => name === "TokenNetworkCreated")!.args
    .tokenNetwork as Address;
  const told = async (functionName: string, ...args: readonly unknown[]) => {
    const data = encodeFunctionData({ abi, functionName, args });
    const outcome = await transact(owner.address, data, token);
    return outcome.error;
  };
  for (const account of [alice, bob]) {
    await told("faucet", account.address, 1_000n);
    await sendTo(token, account, "approve", [network, 1_000n]);
  }
  const send = (from: HDAccount, call: string, ...args: readonly unknown[]) =>
    sendTo(network, from, call, args);
  return {
    token,
    network,
    told,
    send,
    id: await open(alice, bob, HOUR, network),
    deposit: (of: HDAccount, id: Hex, total: bigint) =>
      send(of, "setTotalDeposit", id, of.address, total),
    claim(by: HDAccount, of: HDAccount, id: Hex, nonce: number, amount: bigint) {
      const proof = proofOf(id, nonce, amount);
      return send(by, "claimFromChannel", id, proof, sign(of, proof, { contract: network }));
    },
    balanceOf: (address: Address) => chain().balanceOf(address, token),
    owed: (address: Address) =>
      client.readContract({
        address: network,
        abi: tokenNetworkAbi,
        functionName: "owed",
        args: [address],
      }),
  };
}

/** As in the Solidity. */
const MANNER = { honest: 0, takesFee: 1, movesNothing: 2, saysFalse: 3, saysNothing: 4 };

chainTest("setTotalDeposit() records no token that did not arrive", async () => {
  const { alice, side } = chain();
  const { told, deposit, id, network, balanceOf } = await hostile();
  const cases = [
    { manner: MANNER.takesFee, error: "UnsupportedToken" },
    { manner: MANNER.movesNothing, error: "UnsupportedToken" },
    { manner: MANNER.saysFalse, error: "SafeERC20FailedOperation" },
  ];
  for (const { manner, error } of cases) {
    await told("behave", manner);
    assert.equal((await deposit(alice, id, 100n)).error, error, `manner ${manner}`);
    assert.deepEqual(await side(id, alice.address, network), [0n, 0n, 0n]);
    assert.equal(await balanceOf(alice.address), 1_000n);
  }
});

chainTest("a token that returns nothing is deposited, claimed and settled", async () => {
  const { alice, bob, later } = chain();
  const { told, deposit, claim, send, id, balanceOf } = await hostile();
  await told("behave", MANNER.saysNothing);
  assert.equal((await deposit(alice, id, 100n)).error, null);
  assert.equal((await claim(bob, alice, id, 1, 30n)).error, null);
  assert.equal((await send(alice, "closeChannel", id)).error, null);
  await later(HOUR);
  assert.equal((await send(alice, "settleChannel", id)).error, null);
  assert.deepEqual(
    [await balanceOf(alice.address), await balanceOf(bob.address)],
    [970n, 1_030n],
  );
});

chainTest(
  "a settlement pays one side though the token refuses the other, and owes it",
  async () => {
    const { alice, bob, stranger, later } = chain();
    const { told, deposit, send, id, balanceOf, owed } = await hostile();
    await deposit(alice, id, 100n);
    await deposit(bob, id, 40n);
    await told("setBlocked", alice.address, true);
    await send(bob, "closeChannel", id);
    await later(HOUR);
    const { error, events } = await send(bob, "settleChannel", id);
    assert.equal(error, null);
    assert.deepEqual(events.at(-1)?.name, "PayoutDeferred");
    assert.deepEqual([await balanceOf(bob.address), await owed(alice.address)], [1_000n, 100n]);

    assert.equal(
      (await send(stranger, "collectOwed", alice.address)).error,
      "Error",
      "the token's own",
    );
    assert.equal(await owed(alice.address), 100n);
    await told("setBlocked", alice.address, false);
    const collected = await send(stranger, "collectOwed", alice.address);
    assert.deepEqual(collected.events.map(({ name }) => name), ["OwedCollected", "Transfer"]);
    assert.equal(await balanceOf(alice.address), 1_000n, "the owner's, whoever called");
    const again = await send(stranger, "collectOwed", alice.address);
    assert.equal(again.error, "NothingToClaim");
    assert.equal((await send(stranger, "collectOwed", stranger.address)).error, "NothingToClaim");
  },
);

chainTest(
  "a settlement owes both sides what the token refuses to transfer by returning false",
  async () => {
    const { alice, bob, later } = chain();
    const { told, deposit, send, id, owed } = await hostile();
    await deposit(alice, id, 100n);
    await deposit(bob, id, 40n);
    await send(bob, "closeChannel", id);
    await later(HOUR);
    await told("behave", MANNER.saysFalse);
    assert.equal((await send(bob, "settleChannel", id)).error, null);
    assert.deepEqual([await owed(alice.address), await owed(bob.address)], [100n, 40n]);
  },
);

chainTest("a claim that the token refuses is not spent", async () => {
  const { alice, bob, side } = chain();
  const { told, deposit, claim, id, network, balanceOf } = await hostile();
  await deposit(alice, id, 100n);
  await told("setBlocked", bob.address, true);
  assert.equal((await claim(bob, alice, id, 1, 30n)).error, "Error");
  await told("behave", MANNER.saysFalse);
  await told("setBlocked", bob.address, false);
  assert.equal((await claim(bob, alice, id, 1, 30n)).error, "SafeERC20FailedOperation");
  assert.deepEqual(await side(id, alice.address, network), [100n, 0n, 0n]);
  await told("behave", MANNER.honest);
  assert.equal((await claim(bob, alice, id, 1, 30n)).error, null);
  assert.equal(await balanceOf(bob.address), 1_030n);
});

chainTest("no call may be made from within a transfer", async () => {
  const { alice, client, sign, later } = chain();
  const { token, network, told, deposit, send, balanceOf } = await hostile();
  // The token itself is the other party, so that it could claim during its own transfer.
  const { events } = await send(alice, "openChannel", token, HOUR);
  const id = events[0].args.channelId as Hex;
  const encode = (functionName: string, args: readonly unknown[]) =>
    encodeFunctionData({ abi: tokenNetworkAbi as Abi, functionName, args });
  const claim = (nonce: number, amount: bigint) => {
    const proof = proofOf(id, nonce, amount);
    return encode("claimFromChannel", [id, proof, sign(alice, proof, { contract: network })]);
  };
  const attempts = [
    claim(1, 10n),
    claim(2, 20n),
    encode("closeChannel", [id]),
    encode("settleChannel", [id]),
    encode("forceCloseExpiredChannel", [id]),
    encode("collectOwed", [alice.address]),
    encode("setTotalDeposit", [id, alice.address, 500n]),
    encode("openChannel", [alice.address, HOUR]),
  ];
  await told("attack", network, attempts);
  assert.equal((await deposit(alice, id, 100n)).error, null);
  assert.equal(await told("act", network, claim(1, 10n)), null);
  assert.equal(await told("act", network, encode("closeChannel", [id])), null);
  await later(HOUR);
  assert.equal((await send(alice, "settleChannel", id)).error, null);

  const refusals = await client.readContract({
    address: token,
    abi,
    functionName: "refusals",
  }) as Hex[];
  const reentrant = toFunctionSelector("ReentrancyGuardReentrantCall()");
  assert.equal(refusals.length, 3 * attempts.length, "in a deposit, a claim and a settlement");
  assert.deepEqual(new Set(refusals), new Set([reentrant]));
  assert.deepEqual([await balanceOf(alice.address), await balanceOf(token)], [990n, 10n]);
});
