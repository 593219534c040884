import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  allRecoverTo as allRecoverToWith,
  MAX_BATCH,
  recover,
  type Signed,
  signRecoverable,
} from "../../../protocols/secp256k1/curve.ts";
import { allRecoverTo, KEY, ORDER, POINT, word } from "./curve_words.ts";

/** Signatures of one key over digests that differ. */
function batchOf(key: Uint8Array, count: number): Signed[] {
  return Array.from({ length: count }, (_, index) => {
    const digest = createHash("sha256").update(`${index}`).digest();
    return { digest, signature: signRecoverable(digest, key)! };
  });
}

for (const count of [1, 2, 3, 16, MAX_BATCH]) {
  Deno.test(`allRecoverTo() takes ${count} good signatures, and refuses them with one bad`, () => {
    const good = batchOf(KEY, count);
    assert.equal(allRecoverTo(POINT, good), true);
    for (const bad of new Set([0, count >> 1, count - 1])) {
      for (
        const { name, change } of [
          { name: "digest", change: { digest: new Uint8Array(32) } },
          { name: "s", change: { signature: flipped(good[bad].signature, 63) } },
          { name: "r", change: { signature: flipped(good[bad].signature, 31) } },
          { name: "parity", change: { signature: flipped(good[bad].signature, 64) } },
          { name: "signer", change: batchOf(new Uint8Array(32).fill(8), count)[bad] },
        ]
      ) {
        const list = good.with(bad, { ...good[bad], ...change });
        assert.equal(allRecoverTo(POINT, list), false, `${name} of ${bad}`);
      }
    }
  });
}

function flipped(signature: Uint8Array, at: number): Uint8Array {
  return signature.with(at, signature[at] ^ 1);
}

for (
  const { name, signature } of [
    { name: "r of zero", signature: [...word(0n), ...word(5n), 0] },
    { name: "s of zero", signature: [...word(5n), ...word(0n), 0] },
    { name: "r of the order", signature: [...word(ORDER), ...word(5n), 0] },
    { name: "s of the order", signature: [...word(5n), ...word(ORDER), 0] },
    { name: "a recovery id of 2", signature: [...batchOf(KEY, 1)[0].signature.slice(0, 64), 2] },
  ]
) {
  Deno.test(`allRecoverTo() refuses ${name}`, () => {
    const [first] = batchOf(KEY, 1);
    const bad = { digest: first.digest, signature: new Uint8Array(signature) };
    assert.equal(allRecoverTo(POINT, [bad]), false);
    assert.equal(allRecoverTo(POINT, [first, bad]), false);
    assert.equal(recover(bad.digest, bad.signature), null);
  });
}

Deno.test("allRecoverTo() refuses two signatures that were exchanged", () => {
  const [first, second] = batchOf(KEY, 2);
  const swapped = [
    { digest: first.digest, signature: second.signature },
    { digest: second.digest, signature: first.signature },
  ];
  assert.equal(allRecoverTo(POINT, swapped), false);
  assert.equal(allRecoverTo(POINT, [first, first, second]), true);
});

Deno.test("allRecoverTo() refuses no entries, too many, too little randomness, and a point off the curve", () => {
  const good = batchOf(KEY, MAX_BATCH + 1);
  assert.equal(allRecoverTo(POINT, []), false);
  assert.equal(allRecoverTo(POINT, good), false);
  assert.equal(allRecoverTo(POINT, Array(1_000).fill(good[0])), false, "more than fit at all");
  assert.equal(allRecoverToWith(POINT, good.slice(0, 2), new Uint8Array(31)), false);
  assert.equal(allRecoverTo(POINT.with(63, POINT[63] ^ 1), good.slice(0, 2)), false);
});
