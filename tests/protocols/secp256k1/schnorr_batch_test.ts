import assert from "node:assert/strict";
import fc from "fast-check";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import * as wasm from "../../../protocols/secp256k1/curve.wasm";
import {
  allSchnorr,
  MAX_SCHNORR_BATCH,
  publicPoint,
  SCHNORR_BYTES,
  signSchnorr,
} from "../../../protocols/secp256k1/curve.ts";

const ORDER = secp256k1.Point.Fn.ORDER;

/** A signature to check: message, x of the key, r and s. */
type Entry = Uint8Array;

const word = (value: bigint) => Uint8Array.fromHex(value.toString(16).padStart(64, "0"));
const numberOf = (bytes: Uint8Array) => BigInt(`0x${bytes.toHex()}`);
const packed = (entries: readonly Entry[]) => new Uint8Array(entries.flatMap((each) => [...each]));
const randomFor = (count: number) => crypto.getRandomValues(new Uint8Array(16 * count));
const isGood = (entry: Entry) =>
  schnorr.verify(entry.subarray(64), entry.subarray(0, 32), entry.subarray(32, 64));

/** Checks entries as one sum, with random factors. */
function all(entries: readonly Entry[]): boolean {
  return allSchnorr(packed(entries), randomFor(entries.length));
}

function entryOf(message: Uint8Array, secretKey: Uint8Array): Entry {
  const x = publicPoint(secretKey)!.subarray(0, 32);
  return packed([message, x, signSchnorr(message, secretKey, new Uint8Array(32))!]);
}

/** A scalar and the x of its point; the scalar is negated if the point's y is odd, as BIP-340 says. */
function even(scalar: bigint): { readonly scalar: bigint; readonly x: Uint8Array } {
  const point = publicPoint(word(scalar))!;
  return {
    scalar: (point[63] & 1) === 0 ? scalar : ORDER - scalar,
    x: point.subarray(0, 32),
  };
}

/** Signs with a chosen nonce. With `claimed`, the challenge and the entry have that x instead of the key's. */
function signedWith(message: Uint8Array, key: bigint, nonce: bigint, claimed?: Uint8Array): Entry {
  const [signer, chosen] = [even(key), even(nonce)];
  const x = claimed ?? signer.x;
  const hash = schnorr.utils.taggedHash("BIP0340/challenge", chosen.x, x, message);
  const s = (chosen.scalar + numberOf(hash) * signer.scalar) % ORDER;
  return packed([message, x, chosen.x, word(s)]);
}

const isX = (x: Uint8Array) => {
  try {
    schnorr.utils.lift_x(numberOf(x));
    return true;
  } catch {
    return false;
  }
};

const message = (at: number) => new Uint8Array(32).fill(at & 255).with(1, at >> 8);

Deno.test("allSchnorr() says of batches of many authors what @noble/curves says of their signatures, whichever keys it has kept", () => {
  // More keys than are kept, most of them rare.
  const keys = Array.from({ length: 1_100 }, (_, at) => word(BigInt(at + 1)));
  const pool = Array.from({ length: 1_300 }, (_, at) => {
    const entry = entryOf(message(at), keys[at < keys.length ? at : at % 40]);
    if (at % 11 === 5) entry[at % SCHNORR_BYTES] ^= 1 << (at & 7);
    return { entry, good: isGood(entry) };
  });
  const [good, bad] = [true, false].map((wanted) => pool.filter((each) => each.good === wanted));
  assert.ok(good.length > 1_000 && bad.length > 100);
  // Every good signature several times, so that each key is new, then known, then kept, then displaced.
  for (let round = 0; round < 4; round++) {
    for (let from = 0; from < good.length; from += MAX_SCHNORR_BATCH) {
      const some = good.slice(from, from + MAX_SCHNORR_BATCH).map(({ entry }) => entry);
      assert.equal(all(some), true, `${round}, from ${from}`);
      const { entry } = bad[(from + round) % bad.length];
      assert.equal(all(some.with((from + 7 * round) % some.length, entry)), false);
    }
  }
  const batch = fc.array(fc.nat(pool.length - 1), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(batch, (picked) => {
      const some = picked.map((at) => pool[at]);
      assert.equal(all(some.map(({ entry }) => entry)), some.every((each) => each.good));
    }),
    { numRuns: 600 },
  );
});

Deno.test("allSchnorr() takes a key for another only if all of its bytes are the same", () => {
  // Whoever has a key could sign as each x that is taken for it.
  const flips = Array.from({ length: 32 }, (_, byte) => byte);
  for (const known of [0, 1, 2, 3]) {
    const key = BigInt(7_000 + known);
    const { x } = even(key);
    const own = (at: number) => signedWith(message(at), key, BigInt(500 + at));
    for (let batch = 0; batch < known; batch++) assert.equal(all([own(batch)]), true);
    for (const byte of flips) {
      const near = Array.from({ length: 255 }, (_, change) => x.with(byte, x[byte] ^ (change + 1)));
      const claimed = near.find(isX)!;
      const forged = signedWith(message(99), key, 99n, claimed);
      assert.equal(isGood(forged), false);
      const why = `known ${known}, byte ${byte}`;
      assert.equal(all([forged]), false, why);
      assert.equal(all([own(1), forged]), false, why);
      assert.equal(all([forged, own(1)]), false, why);
    }
    assert.equal(all([own(5), own(6)]), true);
  }
});

Deno.test("allSchnorr() adds points that are equal or opposite", () => {
  // Keys and nonces are small multiples of each other and of the generator, and some signatures are there many times.
  const entries = Array.from(
    { length: MAX_SCHNORR_BATCH },
    (_, at) => signedWith(message(at >> 2), BigInt(1 + at % 5), BigInt(1 + (at >> 1) % 7)),
  );
  assert.ok(entries.every(isGood));
  const factors: [string, Uint8Array][] = [
    ["equal factors", new Uint8Array(16 * MAX_SCHNORR_BATCH)],
    ["factors of opposite signs", new Uint8Array(16 * MAX_SCHNORR_BATCH)],
    ["random factors", randomFor(MAX_SCHNORR_BATCH)],
  ];
  // The first twelve bits of each half are the digits' signs.
  for (let at = 0; at < MAX_SCHNORR_BATCH; at += 2) {
    factors[1][1].set([255, 240, 0, 0, 0, 0, 0, 0, 255, 240], at * 16);
  }
  for (let round = 0; round < 4; round++) {
    for (const [name, random] of factors) {
      assert.equal(allSchnorr(packed(entries), random), true, name);
      for (const at of [0, 1, 31, 63]) {
        const wrong = entries.with(at, entries[at].with(127, entries[at][127] ^ 1));
        assert.equal(allSchnorr(packed(wrong), random), false, `${name}, ${at}`);
      }
    }
  }
});

Deno.test("allSchnorr() has another factor for each value of each random bit", () => {
  const key = word(9n);
  const shifted = (entry: Entry, by: bigint): Entry => {
    const s = (numberOf(entry.subarray(96)) + by + ORDER) % ORDER;
    return packed([entry.subarray(0, 96), word(s)]);
  };
  // Two faults that cancel out if both have one factor.
  const wrong = packed([
    shifted(entryOf(message(1), key), 5n),
    shifted(entryOf(message(2), key), -5n),
  ]);
  for (const start of [new Uint8Array(16), new Uint8Array(16).fill(255), randomFor(1)]) {
    assert.equal(allSchnorr(wrong, new Uint8Array([...start, ...start])), true);
    for (let bit = 0; bit < 128; bit++) {
      const other = start.with(bit >> 3, start[bit >> 3] ^ (1 << (bit & 7)));
      assert.equal(allSchnorr(wrong, new Uint8Array([...start, ...other])), false, `bit ${bit}`);
    }
  }
});

Deno.test("allSchnorr() finds one forged signature at each place of a full batch", () => {
  const keys = Array.from({ length: 10 }, (_, at) => word(BigInt(20 + at)));
  const entries = Array.from(
    { length: MAX_SCHNORR_BATCH },
    (_, at) => entryOf(message(at), keys[at % keys.length]),
  );
  assert.equal(all(entries), true);
  for (let at = 0; at < entries.length; at++) {
    const other = entries[(at + 1) % entries.length];
    for (
      const [what, forged] of [
        ["another message", packed([other.subarray(0, 32), entries[at].subarray(32)])],
        [
          "another key",
          packed([entries[at].subarray(0, 32), other.subarray(32, 64), entries[at].subarray(64)]),
        ],
        ["another signature", packed([entries[at].subarray(0, 64), other.subarray(64)])],
      ] as [string, Entry][]
    ) {
      assert.equal(all(entries.with(at, forged)), false, `${what} at ${at}`);
    }
  }
  assert.equal(all(entries), true);
});

/** x of a key whose last byte, which chooses the set where it is kept, is that of the first; each call gives the next. */
function* keysOfOneSet(from: bigint) {
  const { x: first } = even(from);
  for (let key = from; key < from + 100_000n; key++) {
    if (even(key).x[31] === first[31]) yield key;
  }
}

const known = (x: Uint8Array) => {
  new Uint8Array(wasm.memory.buffer, wasm.buffer(), 32).set(x);
  return wasm.known();
};

Deno.test("allSchnorr() keeps keys only of valid batches, and a key that signs once displaces none that signed twice", () => {
  const keys = [...keysOfOneSet(1_000_000n).take(9)];
  const sign = (key: bigint) => signedWith(message(3), key, 77n);
  const state = () => keys.map((key) => known(even(key).x));
  const wrong = sign(keys[0]).with(120, 1).with(121, 2);
  assert.equal(isGood(wrong), false);
  for (let round = 0; round < 3; round++) assert.equal(all([wrong, sign(keys[1])]), false);
  assert.deepEqual(state(), [0, 0, 0, 0, 0, 0, 0, 0, 0]);
  for (const key of keys.slice(0, 3)) {
    assert.equal(all([sign(key)]), true);
    assert.equal(known(even(key).x), 1);
    assert.equal(all([sign(key)]), true);
  }
  assert.deepEqual(state(), [2, 2, 2, 0, 0, 0, 0, 0, 0]);
  for (const key of keys.slice(3)) assert.equal(all([sign(key)]), true);
  assert.deepEqual(state(), [2, 2, 2, 0, 0, 0, 0, 0, 1], "the newest of those that signed once");
  assert.equal(all([sign(keys[0])]), true);
  assert.equal(all([sign(keys[8])]), true);
  assert.deepEqual(state(), [2, 0, 2, 0, 0, 0, 0, 0, 2], "the one that was not used for longest");
});

Deno.test("allSchnorr() never takes one key of a set for another, in whatever order they come and go", () => {
  const keys = [...keysOfOneSet(2_000_000n).take(7)];
  const own = keys.map((key) => signedWith(message(4), key, 78n));
  // What each key's holder can sign in the name of each other.
  const claims = keys.flatMap((key) =>
    keys.filter((other) => other !== key).map((other) =>
      signedWith(message(5), key, 79n, even(other).x)
    )
  );
  const some = fc.uniqueArray(fc.nat(keys.length - 1), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(some, fc.nat(claims.length - 1), (picked, claim) => {
      const entries = picked.map((at) => own[at]);
      assert.equal(all(entries), true);
      assert.equal(all([...entries, claims[claim]]), false);
      assert.equal(all([claims[claim]]), false);
    }),
    { numRuns: 300 },
  );
});
