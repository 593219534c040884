import assert from "node:assert/strict";
import { isValidIlpAddress } from "ilp-packet";
import fc from "fast-check";
import { asIlpAddress, isBelow, isIlpAddress } from "../../../protocols/ilp/address.ts";

Deno.test("isIlpAddress() agrees with ilp-packet on any text", () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^(g|test|test1|test4|peer|x)(\.[a-z~_-]{0,3}){0,4}$/),
  );
  fc.assert(fc.property(text, (value) => {
    assert.equal(isIlpAddress(value), isValidIlpAddress(value));
  }));
});

Deno.test("asIlpAddress() refuses invalid values", () => {
  for (
    const value of ["", "g", "g.", "g..a", "g.a.", "G.a", "g.a b", "g.a\n", 7, null, undefined]
  ) {
    assert.throws(() => asIlpAddress(value), { name: "IlpAddressError", code: "address" });
  }
});

Deno.test("isIlpAddress() takes 1,023 characters and not one more", () => {
  const address = `g.${"a".repeat(1_021)}`;
  assert.ok(isIlpAddress(address));
  assert.ok(!isIlpAddress(`${address}a`));
});

Deno.test("isBelow() compares whole segments", () => {
  assert.ok(isBelow("g.a.b", "g.a"));
  assert.ok(isBelow("g.a", "g.a"));
  assert.ok(isBelow("g.a", ""));
  assert.ok(!isBelow("g.ab", "g.a"));
  assert.ok(!isBelow("g.a", "g.a.b"));
});
