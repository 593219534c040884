import assert from "node:assert/strict";
import fc from "fast-check";
import { hashTypedData, recoverAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  BALANCE_PROOF_TYPE_HASH,
  balanceProofDigest,
  recoverBalanceProof,
  signBalanceProof,
} from "../../../protocols/evm/balance_proof.ts";
import { toHex } from "../../../protocols/evm/keccak.ts";
import { loadSecp256k1, normalizeSignature } from "../../../protocols/evm/secp256k1.ts";
import { domainSeparator } from "../../../protocols/evm/typed_data.ts";
import { published, publishedFile } from "./vectors.ts";

const secp = await loadSecp256k1();
const hex = (text: string) => Uint8Array.fromHex(text.replace(/^0x/, ""));
const { domain, proof } = published;

const types = {
  BalanceProof: [
    { name: "channelId", type: "bytes32" },
    { name: "nonce", type: "uint256" },
    { name: "transferredAmount", type: "uint256" },
    { name: "lockedAmount", type: "uint256" },
    { name: "locksRoot", type: "bytes32" },
  ],
} as const;

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) =>
    toHex(value) as `0x${string}`
  );
const anyProof = fc.record({
  chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  contract: hexOf(20),
  channelId: hexOf(32),
  nonce: fc.maxSafeNat(),
  transferredAmount: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
});

Deno.test("BALANCE_PROOF_TYPE_HASH is the published one", () => {
  assert.equal(
    toHex(BALANCE_PROOF_TYPE_HASH),
    "0x716df000aa2a680ba0826f710c1641c4d9fbef21b69b995e39fe4dd74da178cb",
  );
});

Deno.test("balanceProofDigest() and recoverBalanceProof() meet the published claim", () => {
  assert.equal(toHex(balanceProofDigest(domain, proof)), published.digest);
  assert.equal(recoverBalanceProof(secp, domain, proof, published.signature), published.address);
  const signature = signBalanceProof(secp, domain, proof, hex(published.secret));
  assert.equal(signature, published.signature.replace(/00$/, "1b"));
  assert.equal(secp.addressOf(hex(published.secret)), published.address);
});

Deno.test("balanceProofDigest() meets the published claim on a local chain", () => {
  const local = {
    chainId: 31_337,
    verifyingContract: "0xCafac3dD18aC6c6e92c921884f9E4176737C052c",
  };
  const claim = {
    channelId: "0x80f87d10e0436c65b5708cf35c5bf186834f128a67dcfb080bb9072bebeefeef",
    nonce: 1,
    transferredAmount: 3_270n,
  };
  assert.equal(
    toHex(domainSeparator(local)),
    "0x31303bd32b02b0871baa2d8f4eec8ddd8053bfffe880ad9780e88e5cc6549111",
  );
  assert.equal(
    toHex(balanceProofDigest(local, claim)),
    "0xa5f789c4f4bb62b821de9e3754da48bd31be493249e638ecdf2e81d0d00054cf",
  );
  assert.equal(
    recoverBalanceProof(
      secp,
      local,
      claim,
      "0xfb2f5f3e8071da77d568c62f42464dd08f725a6693b9076a6f893a8562a16b3a57afc0c6fdb0480c4cfc407016cc03ff0bef89ee843748a3dea4e802410e35c51c",
    ),
    "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
  );
});

const file = publishedFile();
Deno.test({
  name: file === null
    ? "balanceProofDigest() meets the vector file (ignored: the file is not beside this repository)"
    : "balanceProofDigest() meets every claim of the vector file",
  ignore: file === null,
  fn() {
    for (const vector of file.claim.cases) {
      const contract = `0x${vector.token_network_address_hex}`;
      const claim = {
        channelId: `0x${vector.channel_id_hex}`,
        nonce: vector.nonce,
        transferredAmount: BigInt(vector.transferred_amount),
      };
      const at = { chainId: vector.chain_id, verifyingContract: contract };
      assert.equal(toHex(balanceProofDigest(at, claim)), `0x${vector.digest_hex}`);
      assert.equal(
        recoverBalanceProof(secp, at, claim, `0x${vector.signature_hex}`),
        `0x${vector.signer_address_hex}`,
      );
    }
  },
});

Deno.test("balanceProofDigest() is viem's hashTypedData for any proof", () => {
  fc.assert(fc.property(anyProof, ({ chainId, contract, ...message }) => {
    const theirs = hashTypedData({
      domain: { name: "TokenNetwork", version: "1", chainId, verifyingContract: contract },
      types,
      primaryType: "BalanceProof",
      message: {
        ...message,
        nonce: BigInt(message.nonce),
        lockedAmount: 0n,
        locksRoot: `0x${"0".repeat(64)}`,
      },
    });
    const ours = balanceProofDigest({ chainId, verifyingContract: contract }, message);
    assert.equal(toHex(ours), theirs);
  }));
});

Deno.test("signatures recover with viem, and viem's with ours, whoever signed", async () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter(secp.isSecretKey);
  await fc.assert(
    fc.asyncProperty(key, hexOf(32), async (secret, digest) => {
      const signature = secp.sign(hex(digest), secret) as `0x${string}`;
      const account = privateKeyToAccount(toHex(secret) as `0x${string}`);
      const address = account.address.toLowerCase();
      assert.equal(secp.addressOf(secret), address);
      assert.equal((await recoverAddress({ hash: digest, signature })).toLowerCase(), address);
      assert.equal(secp.recover(hex(digest), await account.sign({ hash: digest })), address);
    }),
    { numRuns: 30 },
  );
});

Deno.test("recoverBalanceProof() gives another address when any field is another", () => {
  const signature = signBalanceProof(secp, domain, proof, hex(published.secret));
  const others: readonly [typeof domain, typeof proof][] = [
    [{ ...domain, chainId: 31_337 }, proof],
    [{ ...domain, verifyingContract: `0x${"11".repeat(20)}` }, proof],
    [domain, { ...proof, channelId: `0x${"22".repeat(32)}` }],
    [domain, { ...proof, nonce: 8 }],
    [domain, { ...proof, transferredAmount: 1_500_001n }],
  ];
  for (const [otherDomain, otherProof] of others) {
    assert.notEqual(
      recoverBalanceProof(secp, otherDomain, otherProof, signature),
      published.address,
    );
  }
});

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The published signature with its s replaced by order - s and its v turned: valid mathematics, refused by contracts. */
function malleated(): string {
  const bytes = hex(published.signature);
  const s = ORDER - BigInt(toHex(bytes.subarray(32, 64)));
  return `${toHex(bytes.subarray(0, 32))}${s.toString(16).padStart(64, "0")}01`;
}

const badSignatures: readonly [string, string, string][] = [
  ["a high s", malleated(), "high_s"],
  ["64 bytes", published.signature.slice(0, -2), "length"],
  ["66 bytes", `${published.signature}00`, "length"],
  ["no 0x", published.signature.slice(2), "length"],
  ["letters that are no hex", published.signature.replace("0xe9", "0xzz"), "length"],
  ["v of 2", published.signature.replace(/00$/, "02"), "recovery_id"],
  ["v of 29", published.signature.replace(/00$/, "1d"), "recovery_id"],
  ["r of zero", `0x${"0".repeat(64)}${published.signature.slice(66)}`, "invalid"],
  ["s of zero", `${published.signature.slice(0, 66)}${"0".repeat(64)}1b`, "invalid"],
  ["r above the order", `0x${"f".repeat(64)}${published.signature.slice(66)}`, "invalid"],
];

for (const [name, signature, code] of badSignatures) {
  Deno.test(`recoverBalanceProof() refuses a signature with ${name}`, () => {
    assert.throws(() => recoverBalanceProof(secp, domain, proof, signature), {
      name: "SignatureError",
      code,
    });
  });
}

Deno.test("normalizeSignature() makes v 27 or 28 and keeps the rest", () => {
  for (const [v, normal] of [["00", 27], ["01", 28], ["1b", 27], ["1c", 28]] as const) {
    const bytes = normalizeSignature(published.signature.replace(/00$/, v));
    assert.equal(bytes[64], normal);
    assert.equal(toHex(bytes.subarray(0, 64)), published.signature.slice(0, -2));
  }
});

Deno.test("balanceProofDigest() takes the least and the greatest nonce", () => {
  for (const nonce of [0, Number.MAX_SAFE_INTEGER]) {
    assert.equal(balanceProofDigest(domain, { ...proof, nonce }).length, 32);
  }
});

Deno.test("balanceProofDigest() refuses fields out of range", () => {
  const bad: readonly [object, object][] = [
    [{ chainId: 0 }, {}],
    [{ chainId: 1.5 }, {}],
    [{ verifyingContract: "0x12" }, {}],
    [{}, { channelId: "0x12" }],
    [{}, { nonce: -1 }],
    [{}, { nonce: 2 ** 53 }],
    [{}, { transferredAmount: -1n }],
    [{}, { transferredAmount: 2n ** 256n }],
    [{}, { transferredAmount: 5 }],
  ];
  for (const [inDomain, inProof] of bad) {
    assert.throws(() => balanceProofDigest({ ...domain, ...inDomain }, { ...proof, ...inProof }), {
      name: "HexError",
    });
  }
});

Deno.test("sign() refuses an invalid secret key, and does not show it", () => {
  for (const secret of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31)]) {
    assert.throws(() => secp.sign(new Uint8Array(32), secret), {
      name: "SignatureError",
      code: "key",
      message: "secret key must be 32 bytes within the group's order",
    });
  }
});

Deno.test("normalizeSignature() takes an s of half the order, and none above it", () => {
  const half = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
  const of = (s: bigint) => `0x${"11".repeat(32)}${s.toString(16).padStart(64, "0")}1b`;
  assert.equal(toHex(normalizeSignature(of(half))), of(half));
  assert.equal(toHex(normalizeSignature(of(half - 1n))), of(half - 1n));
  for (const above of [half + 1n, half + (1n << 8n), half + (1n << 254n), 2n ** 256n - 1n]) {
    assert.throws(() => normalizeSignature(of(above)), { code: "high_s" });
  }
  // The first smaller byte decides, whatever comes after it.
  const below = half - (1n << 248n) + 0xffn;
  assert.equal(toHex(normalizeSignature(of(below))), of(below));
});
