import assert from "node:assert/strict";
import fc from "fast-check";
import { schnorr } from "@noble/curves/secp256k1.js";
import { hexToBytes } from "../../../protocols/nostr/hex.ts";
import { loadSchnorr } from "../../../protocols/nostr/schnorr.ts";
import { verifiedCache } from "../../../protocols/nostr/verified_cache.ts";

const check = await loadSchnorr();

/** The published vectors with 32-byte messages. @see https://github.com/bitcoin/bips/blob/master/bip-0340/test-vectors.csv */
const VECTORS = (await Deno.readTextFile(
  new URL("../../../fixtures/bip340.csv", import.meta.url),
)).trim().split("\n").slice(1).map((line) => line.split(","));

for (const [index, , publicKey, , message, signature, result, note] of VECTORS) {
  Deno.test(`schnorr: BIP-340 vector ${index} is ${result}${note ? `: ${note}` : ""}`, () => {
    const bytes = [message, publicKey, signature].map(hexToBytes);
    assert.equal(check(bytes[0], bytes[1], bytes[2]), result === "TRUE");
  });
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

Deno.test("schnorr: takes what @noble/curves signs, and refuses it with any bit changed", () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), fc.nat(128 * 8 - 1), (seed, message, bit) => {
      seed[0] &= 0x7f;
      seed[31] |= 1;
      const parts = [message, schnorr.getPublicKey(seed), schnorr.sign(message, seed)];
      assert.equal(check(parts[0], parts[1], parts[2]), true);
      const [part, at] = bit < 256 ? [0, bit] : bit < 512 ? [1, bit - 256] : [2, bit - 512];
      parts[part] = parts[part].slice();
      parts[part][at >> 3] ^= 1 << (at & 7);
      assert.equal(check(parts[0], parts[1], parts[2]), false);
    }),
    { numRuns: 60 },
  );
});

Deno.test("schnorr: says of random bytes what @noble/curves says", () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), bytes(64), (message, publicKey, signature) => {
      assert.equal(
        check(message, publicKey, signature),
        schnorr.verify(signature, message, publicKey),
      );
    }),
    { numRuns: 200 },
  );
});

const FIELD = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";
const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const G = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const ZERO = "0".repeat(64);

for (
  const { name, publicKey, r, s } of [
    { name: "s of zero", publicKey: G, r: G, s: ZERO },
    { name: "s of the order", publicKey: G, r: G, s: ORDER },
    { name: "r of zero", publicKey: G, r: ZERO, s: G },
    { name: "r of the field's size", publicKey: G, r: FIELD, s: G },
    { name: "a key of zero", publicKey: ZERO, r: G, s: G },
    { name: "a key of the order", publicKey: ORDER, r: G, s: G },
    { name: "a key between order and field", publicKey: FIELD.replace(/2f$/, "2e"), r: G, s: G },
    { name: "a key of the field's size", publicKey: FIELD, r: G, s: G },
  ]
) {
  Deno.test(`schnorr: refuses ${name}, as @noble/curves does`, () => {
    const message = new Uint8Array(32).fill(9);
    const signature = hexToBytes(r + s);
    assert.equal(check(message, hexToBytes(publicKey), signature), false);
    assert.equal(schnorr.verify(signature, message, hexToBytes(publicKey)), false);
  });
}

Deno.test("schnorr: refuses bytes of other lengths", () => {
  const key = new Uint8Array(32).fill(3);
  const message = new Uint8Array(32);
  const publicKey = schnorr.getPublicKey(key);
  const signature = schnorr.sign(message, key);
  assert.equal(check(message, publicKey, signature), true);
  assert.equal(check(message.subarray(1), publicKey, signature), false);
  assert.equal(check(message, publicKey.subarray(1), signature), false);
  assert.equal(check(message, publicKey, signature.subarray(1)), false);
});

Deno.test("verifiedCache() stays within its capacity and keeps the events that are used", () => {
  const cache = verifiedCache(10);
  for (let at = 0; at < 100; at++) {
    cache.add(`${at}`, "s");
    assert.equal(cache.has(`${at}`, "s"), true);
    assert.equal(cache.has("0", "s"), true, "asked for each time");
    assert.ok(cache.size <= 10);
  }
  assert.equal(cache.size, 9);
  assert.equal(cache.has("50", "s"), false);
  assert.equal(cache.has("99", "other"), false);
  const none = verifiedCache(0);
  none.add("a", "s");
  assert.equal(none.has("a", "s"), false);
  assert.throws(() => verifiedCache(-1), RangeError);
});
