/** Both ways give the same digest, whatever comes first. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sha256, sha256Hex } from "../../protocols/sha256.ts";

Deno.test("sha256() and sha256Hex() are SHA-256 before and after node:crypto is loaded", () => {
  const texts = ["", "abc", "zwölf", "\ud800 alone", "x".repeat(100_000)];
  // More than is hashed without it.
  for (let round = 0; round < 20; round++) {
    for (const text of texts) {
      const bytes = new TextEncoder().encode(`${round}${text}`);
      const expected = createHash("sha256").update(bytes).digest("hex");
      assert.equal(sha256Hex(`${round}${text}`), expected);
      assert.equal(sha256(bytes).toHex(), expected);
      assert.equal(sha256(bytes.subarray(1)).length, 32);
      assert.equal(sha256(bytes).buffer.byteLength, 32, "nothing else is in its buffer");
    }
  }
});
