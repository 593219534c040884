import assert from "node:assert/strict";
import { testTokenAbi } from "../../contracts/abi.ts";
import tokenArtifact from "../../contracts/artifacts/TestToken.json" with { type: "json" };
import { chainTest, useChain } from "./chain.ts";

const chain = useChain();

chainTest("faucet() gives anyone up to its limit, in each of the token's scales", async () => {
  const { alice, stranger, deploy, sendTo, balanceOf } = chain();
  for (const decimals of [0, 6, 18]) {
    const token = await deploy(testTokenAbi, tokenArtifact.bytecode, ["Some", "SOM", decimals]);
    const limit = 10_000n * 10n ** BigInt(decimals);
    const cases = [
      { amount: limit + 1n, error: "FaucetLimitExceeded", had: 0n },
      { amount: 2n ** 256n - 1n, error: "FaucetLimitExceeded", had: 0n },
      { amount: limit, error: null, had: limit },
      { amount: limit, error: null, had: 2n * limit },
    ];
    for (const { amount, error, had } of cases) {
      const outcome = await sendTo(token, stranger, "faucet", [alice.address, amount]);
      assert.equal(outcome.error, error, `${decimals}: ${amount}`);
      assert.equal(await balanceOf(alice.address, token), had);
    }
  }
});
