import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { checkpointDigest, verifyCheckpoint } from "../../../protocols/nostr/journal_checkpoint.ts";
import { publicKeyOf, signMessage } from "../../../protocols/nostr/sign.ts";

const HASH = "ab".repeat(32);

function sha256(hex: string): string {
  return createHash("sha256").update(hex, "hex").digest("hex");
}

const TAG = createHash("sha256").update("crosstown/journal-checkpoint/1").digest("hex");

for (
  const [what, commit, ending] of [
    ["no commit", null, "00"],
    ["a SHA-1 commit", "0c".repeat(20), `14${"0c".repeat(20)}`],
    ["a SHA-256 commit", "0d".repeat(32), `20${"0d".repeat(32)}`],
  ] as const
) {
  Deno.test(`checkpointDigest() of ${what} is the tagged hash of its fields`, () => {
    const digest = checkpointDigest({ seq: 258, hash: HASH, commit });
    assert.equal(digest.toHex(), sha256(`${TAG}${TAG}0000000000000102${HASH}${ending}`));
  });
}

Deno.test("checkpointDigest() names the field that breaks its rule", () => {
  const good = { seq: 1, hash: HASH, commit: null };
  for (const seq of [0, -1, 1.5, 2 ** 53, NaN]) {
    assert.throws(() => checkpointDigest({ ...good, seq }), /^RangeError: seq/);
  }
  for (const hash of ["", HASH.slice(2), HASH.toUpperCase(), "zz".repeat(32)]) {
    assert.throws(() => checkpointDigest({ ...good, hash }), /^RangeError: hash/);
  }
  for (const commit of ["", "0c".repeat(19), "0c".repeat(21), "0C".repeat(20), "0d".repeat(33)]) {
    assert.throws(() => checkpointDigest({ ...good, commit }), /^RangeError: commit/);
  }
});

Deno.test("verifyCheckpoint() is true for the key, place and signature that belong together", async () => {
  const secret = new Uint8Array(32).fill(7);
  const place = { seq: 3, hash: HASH, commit: "0c".repeat(20) };
  const key = publicKeyOf(secret);
  const signature = signMessage(checkpointDigest(place), secret, new Uint8Array(32)).toHex();
  assert.equal(await verifyCheckpoint(place, signature, key), true);
  for (
    const [what, of, signed, by] of [
      ["another place", { ...place, seq: 4 }, signature, key],
      ["no place", { ...place, seq: 0 }, signature, key],
      ["another signature", place, "11".repeat(64), key],
      ["a short signature", place, signature.slice(2), key],
      ["another key", place, signature, "22".repeat(32)],
      ["a short key", place, signature, key.slice(2)],
    ] as const
  ) assert.equal(await verifyCheckpoint(of, signed, by), false, what);
});
