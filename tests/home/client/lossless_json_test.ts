import assert from "node:assert/strict";
import fc from "fast-check";
import { fromJson, toJson } from "../../../home/client/lossless_json.ts";

/** Any value that a row of a store may have. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
    fc.uint8Array({ maxLength: 64 }),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__"), tie("any"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).any;

Deno.test("fromJson() returns what toJson() got, through JSON", () => {
  fc.assert(fc.property(value, (given) => {
    assert.deepStrictEqual(fromJson(JSON.parse(JSON.stringify(toJson(given)))), given);
  }));
});

for (const field of ["$bigint", "$bytes"]) {
  Deno.test(`toJson() refuses an object whose field ${field} would be read as something else`, () => {
    assert.throws(() => toJson({ deep: [{ [field]: "1" }] }), TypeError);
  });
}

for (
  const [name, json] of [
    ["digits that are none", { $bigint: "1e3" }],
    ["an amount as a number", { $bigint: 5 }],
    ["an amount without end", { $bigint: "9".repeat(101) }],
    ["bytes that are no base64", { $bytes: "%" }],
    ["bytes as a list", { $bytes: [1] }],
  ] as const
) {
  Deno.test(`fromJson() refuses ${name}`, () => {
    assert.throws(() => fromJson({ deep: [json] }), TypeError);
  });
}
