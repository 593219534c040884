import assert from "node:assert/strict";
import fc from "fast-check";
import { recoverBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import {
  balanceProofOf,
  type Claim,
  encodeClaim,
  MAX_NONCE_AHEAD,
  parseClaim,
} from "../../../protocols/evm/claim.ts";
import { MAX_CLAIM_BYTES } from "../../../protocols/evm/claim_fields.ts";
import { ClaimError } from "../../../protocols/evm/claim_error.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { published, publishedFile } from "./vectors.ts";

const secp = await loadSecp256k1();
const utf8 = (text: string) => new TextEncoder().encode(text);
const base = JSON.parse(published.claimJson);

Deno.test("parseClaim() and encodeClaim() meet the published claim byte for byte", () => {
  const claim = parseClaim(utf8(published.claimJson));
  assert.equal(new TextDecoder().decode(encodeClaim(claim)), published.claimJson);
  const { domain, proof } = balanceProofOf(claim);
  assert.equal(recoverBalanceProof(secp, domain, proof, claim.signature), published.address);
});

const file = publishedFile();
Deno.test({
  name: file === null
    ? "parseClaim() reads the vector file's claims (ignored: the file is not beside this repository)"
    : "parseClaim() reads the vector file's EVM claims and refuses its Solana claim",
  ignore: file === null,
  fn() {
    const { claim_evm, claim_solana, claim_retransmit } = file.peer_carriage;
    const { first_claim_json, second_claim_json } = claim_retransmit;
    for (const json of [claim_evm.json, first_claim_json, second_claim_json]) {
      const claim = parseClaim(utf8(json));
      assert.equal(new TextDecoder().decode(encodeClaim(claim)), json);
      const { domain, proof } = balanceProofOf(claim);
      assert.match(recoverBalanceProof(secp, domain, proof, claim.signature), /^0x[0-9a-f]{40}$/);
    }
    assert.throws(() => parseClaim(utf8(claim_solana.json)), {
      code: "field",
      field: "blockchain",
    });
  },
});

Deno.test("encodeClaim() and parseClaim() round-trip any claim", () => {
  const hex = (bytes: number) =>
    fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => `0x${value.toHex()}`);
  const anyClaim = fc.record({
    messageId: fc.string({ minLength: 1, maxLength: 60 }).filter((text) => text.isWellFormed()),
    timestamp: fc.date({
      min: new Date("1970-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    }).map((date) => date.toISOString()),
    senderId: fc.stringMatching(/^[a-z0-9.]{1,70}$/),
    channelId: hex(32),
    nonce: fc.maxSafeNat(),
    transferredAmount: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    signature: hex(65),
    signerAddress: hex(20),
    chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    tokenNetworkAddress: hex(20),
  });
  fc.assert(fc.property(anyClaim, fc.option(hex(20), { nil: undefined }), (value, tokenAddress) => {
    const claim = { ...value, ...(tokenAddress === undefined ? {} : { tokenAddress }) } as Claim;
    assert.deepEqual(parseClaim(encodeClaim(claim)), claim);
  }));
});

Deno.test("parseClaim() takes addresses of any case, a time without milliseconds, and fields it does not know", () => {
  const claim = parseClaim(utf8(JSON.stringify({
    ...base,
    signerAddress: published.address.toUpperCase().replace("0X", "0x"),
    timestamp: "2030-01-01T00:00:00Z",
    extra: { more: [1, null] },
  })));
  assert.equal(claim.signerAddress, published.address);
});

const refusals: readonly [string, unknown, string?][] = [
  ["version", "2.0", "version"],
  ["version", undefined],
  ["blockchain", "solana"],
  ["messageId", ""],
  ["messageId", 7],
  ["timestamp", "2030-01-01"],
  ["timestamp", "2030-02-30T00:00:00.000Z"],
  ["timestamp", "2030-01-01T00:00:00.000+01:00"],
  ["senderId", ""],
  ["senderId", null],
  ["channelId", "0xd1"],
  ["channelId", base.channelId.slice(2)],
  ["nonce", "7"],
  ["nonce", -1],
  ["nonce", 1.5],
  ["nonce", true],
  ["nonce", undefined],
  ["transferredAmount", 1_500_000],
  ["transferredAmount", "01"],
  ["transferredAmount", "-1"],
  ["transferredAmount", "1e6"],
  ["transferredAmount", "0x10"],
  ["transferredAmount", " 1"],
  ["transferredAmount", ""],
  ["transferredAmount", (2n ** 256n).toString()],
  ["transferredAmount", "9".repeat(400)],
  ["lockedAmount", "1"],
  ["lockedAmount", 0],
  ["lockedAmount", undefined],
  ["locksRoot", `0x${"0".repeat(63)}1`],
  ["signature", published.signature.slice(0, -2)],
  ["signature", `${published.signature}00`],
  ["signerAddress", "0x12"],
  ["chainId", "84532"],
  ["chainId", 0],
  ["chainId", undefined],
  ["tokenNetworkAddress", undefined],
  ["tokenNetworkAddress", `0x${"g".repeat(40)}`],
  ["tokenAddress", "0x"],
  ["tokenAddress", null],
];

for (const [field, value, code = "field"] of refusals) {
  Deno.test(`parseClaim() refuses ${field} = ${JSON.stringify(value)?.slice(0, 40)}`, () => {
    assert.throws(() => parseClaim(utf8(JSON.stringify({ ...base, [field]: value }))), (error) => {
      assert.ok(error instanceof ClaimError);
      assert.equal(error.code, code);
      assert.equal(error.field, field);
      assert.ok(error.message.includes(field));
      return true;
    });
  });
}

const text = published.claimJson;
const documents: readonly [string, Uint8Array, string][] = [
  ["nothing", utf8(""), "not_json"],
  ["a list", utf8("[]"), "not_json"],
  ["null", utf8("null"), "not_json"],
  ["half of it", utf8(text.slice(0, 200)), "not_json"],
  ["text after it", utf8(`${text} x`), "not_json"],
  ["a byte order mark", utf8(`\ufeff${text}`), "not_json"],
  [
    "bytes that are not UTF-8",
    new Uint8Array([...utf8(text).slice(0, -1), 0xff, 0x7d]),
    "not_json",
  ],
  ["a nonce that rounds", utf8(text.replace('"nonce":7', '"nonce":9007199254740993')), "not_json"],
  ["the same key twice", utf8(text.replace("{", '{"nonce":8,')), "duplicate"],
  ["the same key twice, once escaped", utf8(text.replace("{", '{"non\\u0063e":8,')), "duplicate"],
  ["deep nesting", utf8(text.replace("{", `{"x":${"[".repeat(50)}${"]".repeat(50)},`)), "not_json"],
  [
    "more than 4 KiB",
    utf8(text.replace("{", `{"x":"${"y".repeat(MAX_CLAIM_BYTES)}",`)),
    "too_large",
  ],
];

for (const [name, bytes, code] of documents) {
  Deno.test(`parseClaim() refuses ${name}`, () => {
    assert.throws(() => parseClaim(bytes), { name: "ClaimError", code });
  });
}

Deno.test("parseClaim() treats __proto__ as an ordinary name", () => {
  const { nonce: _, ...rest } = base;
  const hidden = JSON.stringify(rest).replace("{", '{"__proto__":{"nonce":7},');
  assert.throws(() => parseClaim(utf8(hidden)), { name: "ClaimError", field: "nonce" });
});

Deno.test("encodeClaim() refuses what could not be read", () => {
  const claim = parseClaim(utf8(text));
  assert.throws(() => encodeClaim({ ...claim, nonce: -1 }), { name: "ClaimError" });
  assert.throws(() => encodeClaim({ ...claim, messageId: "x".repeat(5_000) }), {
    name: "ClaimError",
    code: "too_large",
  });
});

Deno.test("parseClaim() reads its own form and any change of it as the strict reader does", () => {
  const canonical = new TextDecoder().decode(encodeClaim(parseClaim(utf8(published.claimJson))));
  const outcome = (bytes: Uint8Array) => {
    try {
      return parseClaim(bytes);
    } catch (error) {
      assert.ok(error instanceof ClaimError);
      return { code: error.code, field: error.field };
    }
  };
  // White space before it is no part of the form that is read at once.
  const strictly = (bytes: Uint8Array) => outcome(new Uint8Array([0x20, ...bytes]));
  const whole = utf8(canonical);
  assert.deepEqual(outcome(whole), strictly(whole));
  const change = fc.record({
    at: fc.nat(whole.length - 1),
    cut: fc.nat(3),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.constantFrom('"', "\\", "0", "00", ",", "-", "e1", "\u00e9", "A", "T").map(utf8),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      let bytes = whole;
      for (const { at, cut, put } of changes) {
        bytes = new Uint8Array([...bytes.subarray(0, at), ...put, ...bytes.subarray(at + cut)]);
      }
      assert.deepEqual(outcome(bytes), strictly(bytes));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseClaim() takes an amount of 2^256 - 1, and none above", () => {
  const of = (transferredAmount: bigint) =>
    utf8(JSON.stringify({ ...base, transferredAmount: String(transferredAmount) }));
  assert.equal(parseClaim(of(2n ** 256n - 1n)).transferredAmount, 2n ** 256n - 1n);
  assert.throws(() => parseClaim(of(2n ** 256n)), { code: "field", field: "transferredAmount" });
});

Deno.test("MAX_NONCE_AHEAD leaves room for a million packets between two claims", () => {
  assert.equal(MAX_NONCE_AHEAD, 1_048_576);
});
