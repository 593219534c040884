import assert from "node:assert/strict";
import { recoverBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import type { ClaimFields } from "../../../money/signer/signer.ts";
import type { SignerError } from "../../../money/signer/signer_error.ts";
import { channelId, contract, firstClaim, makeSigner, paymentKey } from "./fixtures.ts";

const secp = await loadSecp256k1();
const address = secp.addressOf(paymentKey);
const domain = { chainId: contract.chainId, verifyingContract: contract.tokenNetworkAddress };
const otherChannel = `0x${"5c".repeat(32)}`;

/** Claims 1 to `count` that add 10 units each. */
function claims(count: number, changes: Partial<ClaimFields> = {}): ClaimFields[] {
  return Array.from({ length: count }, (_, at) => ({
    ...firstClaim,
    nonce: at + 1,
    transferredAmount: 10n * BigInt(at + 1),
    packetAmount: 10n,
    ...changes,
  }));
}

for (const count of [0, 1, 3, 4, 16, 70]) {
  Deno.test(`signClaims() signs ${count} claims as one by one, with one change of the ledger`, async () => {
    const [together, alone] = [await makeSigner(), await makeSigner()];
    const list = claims(count);
    const { signatures, refusal, snapshot, signerAddress } = await together.signClaims(list);
    const expected = [];
    for (const claim of list) expected.push((await alone.signClaim(claim)).signature);
    assert.deepEqual(signatures, expected);
    for (const [at, signature] of signatures.entries()) {
      assert.equal(recoverBalanceProof(secp, domain, list[at], signature), address);
    }
    assert.equal(refusal, null);
    assert.equal(signerAddress, address);
    assert.deepEqual(snapshot, await together.snapshot());
    assert.equal(snapshot.counter, count === 0 ? 0 : 1);
    assert.deepEqual(await together.lastClaim(firstClaim), await alone.lastClaim(firstClaim));
  });
}

Deno.test("signClaims() signs one claim for several packets, up to the sum of their amounts", async () => {
  const signer = await makeSigner();
  const claim = { ...firstClaim, nonce: 4, packetAmount: 10n, covers: [20n, 30n, 40n] };
  const { refusal } = await signer.signClaims([{ ...claim, transferredAmount: 101n }]);
  assert.equal(refusal?.code, "bad_field");
  const { signatures } = await signer.signClaims([{ ...claim, transferredAmount: 100n }]);
  assert.equal(
    recoverBalanceProof(secp, domain, { ...claim, transferredAmount: 100n }, signatures[0]),
    address,
  );
  assert.deepEqual(
    await signer.signClaims([{ ...claim, nonce: 5, transferredAmount: 200n, covers: [1_001n] }])
      .then(({ refusal }) => refusal?.code),
    "ceiling",
    "a covered packet keeps the packet's ceiling",
  );
  assert.equal((await signer.lastClaim(claim))?.nonce, 4);
});

const REFUSED: readonly {
  readonly name: string;
  readonly change: object;
  readonly code: SignerError["code"];
}[] = [
  { name: "a nonce that stands twice", change: { nonce: 2 }, code: "nonce" },
  { name: "an amount that falls", change: { transferredAmount: 19n }, code: "bad_field" },
  { name: "more than its packet", change: { transferredAmount: 31n }, code: "bad_field" },
  { name: "a packet above its ceiling", change: { packetAmount: 1_001n }, code: "ceiling" },
  { name: "another contract", change: { chainId: 84_532 }, code: "not_allowed" },
  { name: "no fields", change: { channelId: undefined }, code: "bad_field" },
];

for (const { name, change, code } of REFUSED) {
  Deno.test(`signClaims() stops at ${name}, and what was before it stands`, async () => {
    const signer = await makeSigner();
    const list = claims(5);
    const { signatures, refusal } = await signer.signClaims(
      list.with(2, { ...list[2], ...change }),
    );
    assert.equal(signatures.length, 2);
    assert.equal(refusal?.code, code);
    assert.equal((await signer.lastClaim(firstClaim))?.nonce, 2);
    assert.equal((await signer.snapshot()).counter, 1);
    assert.equal((await signer.signClaims(list.slice(2))).signatures.length, 3, "it goes on");
  });
}

Deno.test("signClaims() compares the hourly ceiling with the sum of a call", async () => {
  const signer = await makeSigner();
  const list = claims(64, {}).map((claim, at) => ({
    ...claim,
    transferredAmount: 1_000n * BigInt(at + 1),
    packetAmount: 1_000n,
  }));
  const { signatures, refusal } = await signer.signClaims(list);
  const alone = await makeSigner();
  let signed = 0;
  await (async () => {
    for (const claim of list) {
      await alone.signClaim(claim);
      signed++;
    }
  })().catch((error) => assert.equal(error.code, "ceiling"));
  assert.ok(signed > 0 && signed < list.length, "the ceiling is within the list");
  assert.equal(signatures.length, signed);
  assert.equal(refusal?.code, "ceiling");
});

Deno.test("signClaims() keeps channels of one call apart, and gives a known claim again", async () => {
  const signer = await makeSigner();
  const known = await signer.signClaim(claims(1)[0]);
  const other = claims(2, { channelId: otherChannel });
  const { signatures, snapshot } = await signer.signClaims([claims(1)[0], ...other, claims(2)[1]]);
  assert.equal(signatures[0], known.signature);
  assert.equal(snapshot.counter, 2);
  assert.equal((await signer.lastClaim({ ...firstClaim, channelId }))?.nonce, 2);
  assert.equal(
    (await signer.lastClaim({ ...firstClaim, channelId: otherChannel }))?.signature,
    signatures[2],
  );
});

Deno.test("signClaims() reads each field once, takes no list for an array, and no more than 1,024", async () => {
  const signer = await makeSigner();
  let reads = 0;
  const shifting = {
    ...claims(1)[0],
    get transferredAmount() {
      return reads++ === 0 ? 10n : 999_999n;
    },
  };
  const { signatures } = await signer.signClaims([shifting]);
  assert.equal(recoverBalanceProof(secp, domain, claims(1)[0], signatures[0]), address);
  for (const list of [null, {}, "claims", Array(1_025).fill(claims(1)[0])]) {
    await assert.rejects(signer.signClaims(list as never), { code: "bad_field" });
  }
});
