import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Abi,
  type Address,
  concat,
  decodeAbiParameters,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
} from "viem";
import { runMachine, type Tally } from "./channel_machine.ts";
import { runOf } from "./channel_steps.ts";
import { chainTest, useChain } from "./chain.ts";
import { isLong } from "../long.ts";
import { compileMutants, MUTANTS } from "./mutants.ts";

const chain = useChain();

/** What random steps must have reached: without one of these they would test less than they say. */
const OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  openChannel: ["done", "EnforcedPause", "InvalidParticipant", "InvalidSettlementTimeout"],
  setTotalDeposit: [
    ...["done", "EnforcedPause", "InvalidChannelState", "InvalidParticipant"],
    ...["DepositLimitExceeded", "InsufficientDeposit", "ERC20InsufficientBalance"],
  ],
  claimFromChannel: [
    ...["done", "InvalidChannelState", "InvalidParticipant", "ProofOfAnotherChannel"],
    ...["InvalidSignature", "InvalidNonce", "NothingToClaim", "InsufficientChannelBalance"],
  ],
  closeChannel: ["done", "InvalidChannelState", "InvalidParticipant"],
  settleChannel: ["done", "InvalidChannelState", "SettlementTimeoutNotExpired"],
  forceCloseExpiredChannel: ["done", "InvalidChannelState", "LifetimeNotOver"],
  pause: ["done", "OwnableUnauthorizedAccount"],
  unpause: ["done", "ExpectedPause", "OwnableUnauthorizedAccount"],
};

/** Runs the machine on a network, and then restores the network's earlier state. */
async function machineOn(network: Address, steps: Parameters<typeof runMachine>[2], tally?: Tally) {
  const snapshot = await chain().client.snapshot();
  try {
    await runMachine(chain(), network, steps, tally);
  } finally {
    await chain().client.revert({ id: snapshot });
  }
}

chainTest("TokenNetwork keeps its invariants and the model in random calls", async () => {
  const tally: Tally = new Map();
  const property = fc.asyncProperty(
    runOf(70),
    (steps) => machineOn(chain().network, steps, tally),
  );
  await fc.assert(property, { numRuns: 9, seed: 7, endOnFailure: true });
  for (const [call, outcomes] of Object.entries(OUTCOMES)) {
    for (const outcome of outcomes) {
      assert.ok(tally.has(`${call}: ${outcome}`), `no step gave ${call}: ${outcome}`);
    }
  }
});

/** `deno task long` has all of them found; every other run a third. */
const CHOSEN = MUTANTS.filter((_, at) => isLong || at % 3 === 0);

chainTest(`the random calls find ${CHOSEN.length} mutants of TokenNetwork`, async () => {
  const { deploy, owner, token, transact } = chain();
  const { maker, mutants } = compileMutants(CHOSEN);
  const abi = maker.abi as Abi;
  const made = await deploy(abi, maker.bytecode);
  const missed: string[] = [];
  for (const { name, caught } of CHOSEN) {
    const code = concat([
      mutants.get(name) as Hex,
      encodeAbiParameters([{ type: "address" }], [token]),
    ]);
    const { logs } = await transact(
      owner.address,
      encodeFunctionData({ abi, functionName: "make", args: [code] }),
      made,
    );
    const [network] = decodeAbiParameters([{ type: "address" }], logs[0].data);
    const property = fc.asyncProperty(runOf(50), (steps) => machineOn(network, steps));
    const { failed, errorInstance } = await fc.check(property, {
      numRuns: 12,
      seed: 7,
      endOnFailure: true,
    });
    const said = failed ? (errorInstance as Error).message.split("\n")[0] : "nothing";
    if (!caught.test(said)) missed.push(`${name}: ${said}`);
  }
  assert.deepEqual(missed, []);
});
