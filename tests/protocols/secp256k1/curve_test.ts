import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { WASM_SHA256 } from "../../../curve/build.ts";
import {
  allSchnorr,
  hmacSha256,
  isSchnorrOf,
  isSecretKey,
  isSignedBy,
  keccak,
  MAX_SCHNORR_BATCH,
  publicPoint,
  recover,
  SCHNORR_BYTES,
  signRecoverable,
  signSchnorr,
} from "../../../protocols/secp256k1/curve.ts";
import { allRecoverTo, bytes, FIELD, KEY, ORDER, secretKeys, word } from "./curve_words.ts";

/** r, s and the recovery id of `@noble/curves`, which puts the id first. */
function nobleSign(digest: Uint8Array, key: Uint8Array): Uint8Array {
  const signature = secp256k1.sign(digest, key, { prehash: false, format: "recovered" });
  return new Uint8Array([...signature.subarray(1), signature[0]]);
}

function nobleRecover(digest: Uint8Array, signature: Uint8Array): Uint8Array | null {
  try {
    const recovered = new Uint8Array([signature[64], ...signature.subarray(0, 64)]);
    const key = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
    return secp256k1.Point.fromBytes(key).toBytes(false).slice(1);
  } catch {
    return null;
  }
}

Deno.test("curve.wasm is what build.ts says that it makes", async () => {
  const file = await Deno.readFile(
    new URL("../../../protocols/secp256k1/curve.wasm", import.meta.url),
  );
  assert.equal(createHash("sha256").update(file).digest("hex"), WASM_SHA256);
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(file)), []);
});

Deno.test("curve: keys, signatures and recovery are those of @noble/curves", () => {
  fc.assert(
    fc.property(secretKeys, bytes(32), (key, digest) => {
      const point = publicPoint(key);
      assert.deepEqual(point, secp256k1.getPublicKey(key, false).slice(1));
      const signature = signRecoverable(digest, key)!;
      assert.deepEqual(signature, nobleSign(digest, key));
      assert.deepEqual(recover(digest, signature), point);
      assert.equal(isSignedBy(digest, key, signature), true);
    }),
    { numRuns: 60 },
  );
});

Deno.test("curve: BIP-340 signatures are those of @noble/curves, and verify", () => {
  fc.assert(
    fc.property(secretKeys, bytes(32), bytes(32), (key, message, aux) => {
      const signature = signSchnorr(message, key, aux)!;
      assert.deepEqual(signature, schnorr.sign(message, key, aux));
      assert.equal(isSchnorrOf(message, schnorr.getPublicKey(key), signature), true);
    }),
    { numRuns: 60 },
  );
});

/** Message, public key and signature of so many messages, by keys in turn. */
function packedOf(keys: readonly Uint8Array[], count: number): Uint8Array {
  const packed = new Uint8Array(count * SCHNORR_BYTES);
  for (let at = 0; at < count; at++) {
    const key = keys[at % keys.length];
    const message = new Uint8Array(32).fill(at);
    packed.set(message, at * SCHNORR_BYTES);
    packed.set(schnorr.getPublicKey(key), at * SCHNORR_BYTES + 32);
    packed.set(signSchnorr(message, key, new Uint8Array(32))!, at * SCHNORR_BYTES + 64);
  }
  return packed;
}

const randomFor = (packed: Uint8Array) =>
  crypto.getRandomValues(new Uint8Array(packed.length / SCHNORR_BYTES * 16));

Deno.test("curve: a batch of BIP-340 signatures is good until one bit of one of them changes", () => {
  const keysAndCount = fc.tuple(
    fc.array(secretKeys, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: MAX_SCHNORR_BATCH }),
  );
  fc.assert(
    fc.property(keysAndCount, fc.nat(), ([keys, count], where) => {
      const packed = packedOf(keys, count);
      assert.equal(allSchnorr(packed, randomFor(packed)), true);
      const bit = where % (packed.length * 8);
      packed[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(allSchnorr(packed, randomFor(packed)), false);
    }),
    { numRuns: 80 },
  );
});

Deno.test("curve: a batch of BIP-340 signatures refuses what is out of range, and sizes that do not fit", () => {
  const keys = [word(3n), word(5n)];
  const good = packedOf(keys, 3);
  for (
    const [name, at, bytes] of [
      ["s is the order", 96, word(ORDER)],
      ["s is beyond the order", 96, word(2n ** 256n - 1n)],
      ["r is the field's size", 64, word(FIELD)],
      ["r is of no point", 64, word(5n)],
      ["the key is the field's size", 32, word(FIELD)],
      ["the key is of no point", 32, word(5n)],
    ] as [string, number, Uint8Array][]
  ) {
    for (const index of [0, 1, 2]) {
      const packed = good.slice();
      packed.set(bytes, index * SCHNORR_BYTES + at);
      assert.equal(allSchnorr(packed, randomFor(packed)), false, `${name}, at ${index}`);
    }
  }
  const many = packedOf(keys, MAX_SCHNORR_BATCH + 1);
  assert.equal(allSchnorr(many, randomFor(many)), false);
  assert.equal(allSchnorr(new Uint8Array(0), new Uint8Array(0)), false);
  assert.equal(allSchnorr(good.subarray(1), randomFor(good)), false);
  assert.equal(allSchnorr(good, randomFor(good).subarray(1)), false);
});

Deno.test("curve: two wrong BIP-340 signatures whose faults cancel out are refused", () => {
  const packed = packedOf([word(3n)], 2);
  const shifted = (at: number, by: bigint) => {
    const s = BigInt(`0x${packed.slice(at, at + 32).toHex()}`);
    packed.set(word((s + by + ORDER) % ORDER), at);
  };
  shifted(96, 1n);
  shifted(SCHNORR_BYTES + 96, -1n);
  assert.equal(allSchnorr(packed, randomFor(packed)), false);
  // With equal factors they would pass, which is why the factors are random.
  assert.equal(allSchnorr(packed, new Uint8Array(32).fill(1)), true);
});

Deno.test("curve: recovers of any bytes what @noble/curves recovers", () => {
  const scalar = fc.oneof(
    bytes(32),
    fc.constantFrom(0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, FIELD - 1n, FIELD, 2n ** 256n - 1n).map(
      word,
    ),
  );
  fc.assert(
    fc.property(scalar, scalar, scalar, fc.nat(1), (digest, r, s, id) => {
      const signature = new Uint8Array([...r, ...s, id]);
      assert.deepEqual(recover(digest, signature), nobleRecover(digest, signature));
    }),
    { numRuns: 400 },
  );
});

Deno.test("curve: a signature with any bit changed is not of its key", () => {
  fc.assert(
    fc.property(secretKeys, bytes(32), fc.nat(64 * 8), (key, digest, bit) => {
      const signature = signRecoverable(digest, key)!;
      signature[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(isSignedBy(digest, key, signature), false);
      const other = recover(digest, signature);
      if (other !== null) assert.notDeepEqual(other, publicPoint(key));
      assert.equal(allRecoverTo(publicPoint(key)!, [{ digest, signature }]), false);
    }),
    { numRuns: 100 },
  );
});

for (
  const { name, key, good } of [
    { name: "zero", key: 0n, good: false },
    { name: "one", key: 1n, good: true },
    { name: "the order less one", key: ORDER - 1n, good: true },
    { name: "the order", key: ORDER, good: false },
    { name: "all ones", key: 2n ** 256n - 1n, good: false },
  ]
) {
  Deno.test(`curve: ${name} is ${good ? "a" : "no"} secret key`, () => {
    const digest = new Uint8Array(32);
    assert.equal(isSecretKey(word(key)), good);
    assert.equal(publicPoint(word(key)) !== null, good);
    assert.equal(signRecoverable(digest, word(key)) !== null, good);
    assert.equal(signSchnorr(digest, word(key), digest) !== null, good);
    assert.equal(isSignedBy(digest, word(key), new Uint8Array(65).fill(1)), false);
  });
}

Deno.test("keccak() is that of @noble/hashes for any parts, also above its buffer", () => {
  const whole = new Uint8Array(140_000).map((_, at) => at * 31);
  for (const size of [0, 1, 64, 135, 136, 137, 272, 64_511, 64_512, 64_513, 129_024, 140_000]) {
    const data = whole.subarray(0, size);
    assert.deepEqual(keccak([data]), keccak_256(data), String(size));
    const cut = size >> 1;
    assert.deepEqual(keccak([data.subarray(0, cut), data.subarray(cut)]), keccak_256(data));
  }
});

Deno.test("hmacSha256() is that of @noble/hashes for any parts, and refuses more than its buffer", () => {
  fc.assert(
    fc.property(
      bytes(32),
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
      (key, parts) => {
        const whole = new Uint8Array(parts.flatMap((part) => [...part]));
        assert.deepEqual(hmacSha256(key, parts), hmac(sha256, key, whole));
      },
    ),
  );
  assert.throws(() => hmacSha256(KEY, [new Uint8Array(64_512), new Uint8Array(1)]), RangeError);
  assert.throws(() => hmacSha256(new Uint8Array(31), []), RangeError);
});

Deno.test("curve: bytes of another length are of no signature, and never fault", () => {
  const digest = new Uint8Array(32).fill(5);
  const signature = signRecoverable(digest, KEY)!;
  const point = publicPoint(KEY)!;
  assert.ok(isSignedBy(digest, KEY, signature));
  const short = (bytes: Uint8Array) => bytes.subarray(1);
  assert.equal(isSignedBy(short(digest), KEY, signature), false);
  assert.equal(isSignedBy(digest, short(KEY), signature), false);
  assert.equal(isSignedBy(digest, KEY, short(signature)), false);
  assert.equal(recover(short(digest), signature), null);
  assert.equal(recover(digest, short(signature)), null);
  assert.ok(allRecoverTo(point, [{ digest, signature }]));
  assert.equal(allRecoverTo(short(point), [{ digest, signature }]), false);
  assert.equal(allRecoverTo(point, [{ digest: short(digest), signature }]), false);
  assert.equal(allRecoverTo(point, [{ digest, signature: short(signature) }]), false);
  assert.equal(allRecoverTo(point, []), false);
  const random = new Uint8Array(32);
  const message = new Uint8Array(32).fill(9);
  const schnorrOf = signSchnorr(message, KEY, random)!;
  const x = point.subarray(0, 32);
  assert.ok(isSchnorrOf(message, x, schnorrOf));
  assert.equal(isSchnorrOf(short(message), x, schnorrOf), false);
  assert.equal(isSchnorrOf(message, short(x), schnorrOf), false);
  assert.equal(isSchnorrOf(message, x, short(schnorrOf)), false);
  // Bytes that are too long would be cut by the bytes behind them.
  const long = (bytes: Uint8Array) => new Uint8Array([...bytes, 0]);
  assert.equal(isSchnorrOf(long(message), x, schnorrOf), false);
  assert.equal(isSchnorrOf(message, long(x), schnorrOf), false);
  assert.equal(isSchnorrOf(message, x, long(schnorrOf)), false);
  assert.equal(allRecoverTo(long(point), [{ digest, signature }]), false);
  assert.equal(allRecoverTo(point, [{ digest: long(digest), signature }]), false);
  assert.equal(allRecoverTo(point, [{ digest, signature: long(signature) }]), false);
});
