import assert from "node:assert/strict";
import fc from "fast-check";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { hexToBytes } from "../../../protocols/nostr/hex.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { packSignatures, signatureBatch } from "../../../protocols/nostr/signature_batch.ts";
import {
  allSchnorr,
  MAX_SCHNORR_BATCH,
  SCHNORR_BYTES,
} from "../../../protocols/secp256k1/curve.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";

const keys = [7, 8, 9].map((byte) => new Uint8Array(32).fill(byte));

const EVENTS = Array.from({ length: 400 }, (_, at): NostrEvent => {
  const key = keys[at % keys.length];
  const unsigned = { kind: 1, created_at: at, tags: [], content: "gm", pubkey: publicKeyOf(key) };
  return signEvent(unsigned, key, new Uint8Array(32));
});
const wrong = (event: NostrEvent): NostrEvent => ({ ...event, sig: "1".repeat(128) });

/** The published vectors with 32-byte messages, 128 bytes each. */
const VECTORS = (await Deno.readTextFile(
  new URL("../../../fixtures/bip340.csv", import.meta.url),
)).trim().split("\n").slice(1).map((line) => {
  const [index, , publicKey, , message, signature, result] = line.split(",");
  const bytes = [message, publicKey, signature].flatMap((hex) => [...hexToBytes(hex)]);
  return { index, bytes, good: result === "TRUE" };
});

Deno.test("signatureBatch() gives each BIP-340 vector the same verdict alone and among others", () => {
  const others = packSignatures(EVENTS.slice(0, 3));
  for (const { index, bytes, good } of VECTORS) {
    const expected = [1, 1, 1, good ? 1 : 0];
    assert.deepEqual([...signatureBatch()(new Uint8Array([...others, ...bytes]))], expected, index);
    assert.deepEqual([...signatureBatch()(new Uint8Array(bytes))], [good ? 1 : 0], index);
  }
  const all = new Uint8Array(VECTORS.flatMap(({ bytes }) => bytes));
  assert.deepEqual([...signatureBatch()(all)], VECTORS.map(({ good }) => good ? 1 : 0));
});

Deno.test("signatureBatch() finds each wrong one, wherever it stands, and an empty batch is empty", () => {
  for (const at of [0, 1, 31, 32, 33, 63, 64, 69]) {
    const some = EVENTS.slice(0, 70).map((event, index) => index === at ? wrong(event) : event);
    const expected = some.map((_, index) => index === at ? 0 : 1);
    assert.deepEqual([...signatureBatch()(packSignatures(some))], expected, String(at));
  }
  assert.deepEqual(signatureBatch()(new Uint8Array(0)), new Uint8Array(0));
});

/** A check, and how many signatures each of its sums had. */
function watched() {
  const sizes: number[] = [];
  const check = signatureBatch((packed, random) => {
    sizes.push(packed.length / SCHNORR_BYTES);
    return allSchnorr(packed, random);
  });
  /** The sizes since the last call. */
  const summed = () => sizes.splice(0);
  return { check, summed };
}

const places = (verdicts: Uint8Array, verdict: 0 | 1) =>
  [...verdicts].flatMap((each, at) => each === verdict ? [at] : []);

Deno.test("signatureBatch() has new factors for each sum, and the same for the same signatures", () => {
  const factors = new Set<string>();
  const check = signatureBatch((packed, random) => {
    assert.equal(random.length, packed.length / 8);
    for (let at = 0; at < random.length; at += 16) {
      factors.add(random.subarray(at, at + 16).toHex());
    }
    return allSchnorr(packed, random);
  });
  const good = packSignatures(EVENTS.slice(0, 32));
  check(good);
  check(good);
  assert.equal(factors.size, 32);
  check(packSignatures(EVENTS.slice(1, 33)));
  assert.equal(factors.size, 64, "a batch that differs in one signature has others");
});

Deno.test("signatureBatch() makes sums smaller after a wrong one, and larger again after valid signatures", () => {
  const { check, summed } = watched();
  const good = packSignatures(EVENTS.slice(0, 64));
  const verdicts = check(packSignatures(EVENTS.slice(0, 64).with(22, wrong(EVENTS[22]))));
  assert.deepEqual(places(verdicts, 0), [22]);
  // The second sum of 16 is wrong, and in it the second sum of 4. From 20 to 54 each is alone: after the wrong one, 32 in sequence are valid.
  assert.deepEqual(summed(), [64, 16, 16, 4, 4, 4, 4]);
  assert.deepEqual(places(check(good), 0), []);
  assert.deepEqual(summed(), [4, 4, 4, 4, 4, 4, 16, 16, 8]);
  check(good);
  assert.deepEqual(summed(), [64]);
  check(packSignatures(EVENTS.slice(0, 1)));
  assert.deepEqual(summed(), [], "one alone needs no sum");
});

Deno.test("verifyAll() gives the verdicts that verify() gives, and remembers only good ones", async () => {
  const cases = EVENTS.slice(0, 40).map((event, at): NostrEvent => {
    if (at % 9 === 4) return wrong(event);
    if (at % 9 === 5) return { ...event, content: "gn" };
    if (at % 9 === 6) return { ...event, sig: event.sig.toUpperCase() };
    return event;
  });
  const { verify, verifyAll } = await createVerifier({ remember: 100 });
  const alone = await createVerifier();
  const expected = cases.map(alone.verify);
  assert.deepEqual(verifyAll(cases), expected);
  assert.deepEqual(verifyAll(cases), expected);
  assert.deepEqual(cases.map(verify), expected);
  assert.deepEqual(verifyAll([]), []);
});

Deno.test("signatureBatch() puts at most the maximum into a sum, and finds the wrong signature after the first sum", () => {
  const many = EVENTS.slice(0, MAX_SCHNORR_BATCH + 20);
  const at = MAX_SCHNORR_BATCH + 7;
  const { check, summed } = watched();
  const verdicts = check(packSignatures(many.with(at, wrong(many[at]))));
  assert.deepEqual(summed(), [MAX_SCHNORR_BATCH, 20, 5, 5]);
  assert.deepEqual(places(verdicts, 0), [at]);
});

Deno.test("signatureBatch() gives each signature its verdict, however many wrong ones there are and wherever they stand", () => {
  const isWrong = fc.oneof(
    fc.array(fc.boolean(), { maxLength: 150 }),
    fc.array(fc.nat(40).map((n) => n === 0), { maxLength: 200 }),
  );
  const { check } = watched();
  fc.assert(
    fc.property(isWrong, (which) => {
      const events = which.map((each, at) => each ? wrong(EVENTS[at]) : EVENTS[at]);
      assert.deepEqual([...check(packSignatures(events))], which.map((each) => each ? 0 : 1));
    }),
    { numRuns: 40 },
  );
});

Deno.test("signatureBatch() never checks a signature much more than once where every second one is wrong", () => {
  const { check, summed } = watched();
  const half = packSignatures(
    EVENTS.slice(0, 256).map((event, at) => at % 2 ? event : wrong(event)),
  );
  check(half);
  assert.deepEqual(summed(), [64, 16, 4], "alone from then on");
  check(half);
  assert.deepEqual(summed(), []);
});
