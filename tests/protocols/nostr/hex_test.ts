import assert from "node:assert/strict";
import { bytesToHex, hexToBytes, isHex, readHex } from "../../../protocols/nostr/hex.ts";

Deno.test("hexToBytes() and bytesToHex() are each other's inverse, and any case is read", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  assert.deepEqual(hexToBytes(bytesToHex(bytes)), bytes);
  assert.deepEqual(hexToBytes("00fFAb"), new Uint8Array([0, 255, 171]));
  for (const bad of ["0", "0g", " 00", "0x00", "00\n"]) {
    assert.throws(() => hexToBytes(bad), RangeError, JSON.stringify(bad));
  }
});

Deno.test("isHex() is lowercase hex of that many digits", () => {
  assert.equal(isHex("00ff", 4), true);
  for (
    const bad of [
      "00fF",
      "g0ff",
      "F0ff",
      "0`ff",
      "0:ff",
      "0/ff",
      "00f",
      "00fff",
      "00fg",
      "",
      null,
      1,
    ]
  ) {
    assert.equal(isHex(bad as string, 4), false, String(bad));
  }
});

Deno.test("readHex() writes only its own bytes", () => {
  const into = new Uint8Array(5).fill(0xee);
  readHex("09af", into, 1);
  assert.deepEqual(into, new Uint8Array([0xee, 0x09, 0xaf, 0xee, 0xee]));
  readHex("", into, 4);
  assert.equal(into[4], 0xee);
});
