import assert from "node:assert/strict";
import { asAddress } from "../../../protocols/evm/address.ts";
import { signBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { Claim } from "../../../protocols/evm/claim.ts";
import { loadSecp256k1, type Signed } from "../../../protocols/evm/secp256k1.ts";
import { ClaimSignatures } from "../../../money/claims/claim_signatures.ts";

const secp = await loadSecp256k1();
const NETWORK = asAddress(`0x${"c1".repeat(20)}`);
const CHANNEL = asChannelId(`0x${"aa".repeat(32)}`);
const KEYS = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
const random = (sizeBytes: number) => crypto.getRandomValues(new Uint8Array(sizeBytes));

interface Made {
  readonly named?: number;
  readonly by?: number;
  readonly chainId?: number;
}

/** A claim in the name of one key, signed by it or by another. */
function claimOf(nonce: number, { named = 0, by = named, chainId = 31337 }: Made = {}): Claim {
  const proof = { channelId: CHANNEL, nonce, transferredAmount: BigInt(nonce) };
  return {
    ...proof,
    messageId: "m",
    timestamp: "2030-01-01T00:00:00.000Z",
    senderId: "s",
    signature: signBalanceProof(
      secp,
      { chainId: 31337, verifyingContract: NETWORK },
      proof,
      KEYS[by],
    ),
    signerAddress: secp.addressOf(KEYS[named]),
    chainId,
    tokenNetworkAddress: NETWORK,
  };
}

/** With the sums that were made. */
function checker() {
  const sums: number[] = [];
  const allOf = (...[signer, signed, factors]: Parameters<typeof secp.allOf>) => {
    sums.push(signed.length);
    return secp.allOf(signer, signed as readonly Signed[], factors);
  };
  return { sums, signatures: new ClaimSignatures({ allOf }, random) };
}

Deno.test("ClaimSignatures checks claims of one turn and one signer as one sum, of at most 64", async () => {
  const { sums, signatures } = checker();
  const claims = Array.from({ length: 70 }, (_, at) => claimOf(at + 1));
  const others = Array.from({ length: 3 }, (_, at) => claimOf(at + 1, { named: 1 }));
  const good = await Promise.all([...claims, ...others].map((claim) => signatures.isGood(claim)));
  assert.ok(good.every((one) => one));
  assert.deepEqual(sums, [64, 6, 3]);
});

for (
  const { name, bad } of [
    { name: "another key's signature", bad: claimOf(3, { by: 1 }) },
    { name: "another nonce", bad: { ...claimOf(3), nonce: 4 } },
    { name: "another amount", bad: { ...claimOf(3), transferredAmount: 9n } },
    { name: "another chain", bad: claimOf(3, { chainId: 1 }) },
  ]
) {
  Deno.test(`ClaimSignatures says of no claim beside ${name} that it is good`, async () => {
    const { signatures } = checker();
    const claims = [claimOf(1), claimOf(2), bad];
    const good = await Promise.all(claims.map((claim) => signatures.isGood(claim)));
    assert.deepEqual(good, [false, false, false]);
    assert.equal(await signatures.isGood(claimOf(1)), true, "the next turn is another sum");
    assert.equal(await signatures.isGood(bad), false);
  });
}

for (
  const { name, change } of [
    { name: "no hex", change: { signature: "0x" } },
    { name: "v of 5", change: { signature: `0x${"11".repeat(64)}05` } },
    { name: "an amount above 2^256", change: { transferredAmount: 2n ** 256n } },
  ]
) {
  Deno.test(`ClaimSignatures says no to ${name}, and it spoils no sum`, async () => {
    const { signatures, sums } = checker();
    const bad = signatures.isGood({ ...claimOf(1), ...change });
    const good = signatures.isGood(claimOf(2));
    assert.deepEqual(await Promise.all([bad, good]), [false, true]);
    assert.deepEqual(sums, [1]);
  });
}
