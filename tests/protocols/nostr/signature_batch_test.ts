import assert from "node:assert/strict";
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

Deno.test("signatureBatch() checks signatures one by one for a while after a sum failed, with new factors for each sum", () => {
  let sums = 0;
  const factors = new Set<string>();
  const check = signatureBatch((packed, random) => {
    sums++;
    assert.equal(random.length, packed.length / 8);
    for (let at = 0; at < random.length; at += 16) {
      factors.add(random.subarray(at, at + 16).toHex());
    }
    return allSchnorr(packed, random);
  });
  const good = packSignatures(EVENTS.slice(0, 32));
  check(good);
  check(good);
  assert.equal(sums, 2);
  assert.equal(factors.size, 32, "the same batch has the same factors, and no two alike");
  check(packSignatures([wrong(EVENTS[0]), ...EVENTS.slice(1, 32)]));
  assert.equal(sums, 3);
  assert.equal(factors.size, 64, "a batch that differs in one signature has others");
  // 32 of the 256 were those of the wrong one's own batch.
  for (let at = 0; at < 7; at++) assert.ok(check(good).every((byte) => byte === 1));
  assert.equal(sums, 3);
  assert.ok(check(good).every((byte) => byte === 1));
  assert.equal(sums, 4);
  check(packSignatures(EVENTS.slice(0, 1)));
  assert.equal(sums, 4, "one alone needs no sum");
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
  const many = Array.from(
    { length: MAX_SCHNORR_BATCH + 20 },
    (_, at) => EVENTS[at % EVENTS.length],
  );
  const at = MAX_SCHNORR_BATCH + 7;
  const packed = packSignatures(many.with(at, wrong(many[at])));
  const sizes: number[] = [];
  const verdicts = signatureBatch((some, random) => {
    sizes.push(some.length / SCHNORR_BYTES);
    return allSchnorr(some, random);
  })(packed);
  assert.deepEqual(sizes, [MAX_SCHNORR_BATCH, 20]);
  assert.deepEqual([...verdicts].flatMap((verdict, index) => verdict === 1 ? [] : [index]), [at]);
});
