import assert from "node:assert/strict";
import {
  decodeClaimAck,
  decodeClaimState,
  encodeClaimAck,
} from "../../../money/claims/claim_ack.ts";

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const FIGURES = { nonce: 0, credited: "0", spent: "0", held: "0" };
const READ = { nonce: 0, credited: 0n, spent: 0n, held: 0n };

Deno.test("decodeClaimState() reads an account that has taken nothing yet", () => {
  assert.deepEqual(decodeClaimState(bytes(FIGURES)), { ...READ, claim: null });
  assert.deepEqual(decodeClaimAck(bytes({ result: "rejected", ...FIGURES })), {
    result: "rejected",
    ...READ,
  });
});

Deno.test("decodeClaimAck() reads how many packets a claim may cover, and no other value there", () => {
  const read = (covers: unknown) =>
    decodeClaimAck(bytes({ result: "accepted", covers, ...FIGURES }))?.covers;
  assert.equal(read(63), 63);
  for (const bad of [0, -1, 0.5, "63", null, true, [63], 2 ** 53]) {
    assert.equal(read(bad), undefined, JSON.stringify(bad));
  }
  const ack = { result: "accepted", covers: 63, ...READ } as const;
  assert.deepEqual(decodeClaimAck(encodeClaimAck(ack)), ack);
});

Deno.test("decodeClaimState() reads figures of 20 digits and safe numbers, and no other", () => {
  const read = (credited: unknown) => decodeClaimState(bytes({ ...FIGURES, credited }))?.credited;
  assert.equal(read("9".repeat(20)), 99_999_999_999_999_999_999n);
  assert.equal(read(Number.MAX_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER));
  for (
    const bad of ["9".repeat(21), 2 ** 53, -1, 0.5, "", "-1", "0x1", " 1", "1\n", null, [1], true]
  ) assert.equal(read(bad), undefined, JSON.stringify(bad));
});

for (
  const [name, change] of [
    ["a nonce below 0", { nonce: -1 }],
    ["a nonce as text", { nonce: "1" }],
    ["a nonce in parts", { nonce: 1.5 }],
    ["a nonce that is not exact", { nonce: 2 ** 53 }],
    ["no nonce", { nonce: undefined }],
    ["nothing held", { held: undefined }],
  ] as const
) {
  Deno.test(`decodeClaimState() and decodeClaimAck() refuse ${name}`, () => {
    const fields = { result: "accepted", ...FIGURES, ...change };
    assert.equal(decodeClaimState(bytes(fields)), null);
    assert.equal(decodeClaimAck(bytes(fields)), null);
  });
}

Deno.test("decodeClaimAck() cuts a reason to 64 characters, and takes no other result", () => {
  const ack = (more: object) => decodeClaimAck(bytes({ result: "rejected", ...FIGURES, ...more }));
  assert.equal(ack({ reason: "x".repeat(100_0) })?.reason, "x".repeat(64));
  assert.equal(ack({ reason: 5 })?.reason, undefined);
  for (const result of ["Accepted", "", null, 1, undefined]) assert.equal(ack({ result }), null);
});

Deno.test("an answer of 16 KiB is read; a larger one, and one that is not an object in UTF-8, is not", () => {
  const of = (size: number) => {
    const text = JSON.stringify({ ...FIGURES, claim: "" });
    return bytes(text.replace('"claim":""', `"claim":"${"x".repeat(size - text.length)}"`));
  };
  assert.equal(of(16_384).length, 16_384);
  assert.equal(decodeClaimState(of(16_384))?.nonce, 0);
  assert.equal(decodeClaimState(of(16_385)), null);
  for (const text of ["", "null", "[]", "1", "{", `[${JSON.stringify(FIGURES)}]`]) {
    assert.equal(decodeClaimState(bytes(text)), null, text);
  }
  const broken = bytes({ ...FIGURES, claim: "xx" });
  broken[broken.length - 3] = 0xff;
  assert.equal(decodeClaimState(broken), null);
});
