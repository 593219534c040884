import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { findCreatedAt } from "../../../peers/relay/created_at.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

for (
  const { name, text, encoding, expected } of [
    { name: "TOON", text: "kind: 1\ncreated_at: 12\nid: x", encoding: "toon", expected: 12 },
    { name: "TOON, first line", text: "created_at: 12", encoding: "toon", expected: 12 },
    { name: "TOON, nested", text: "a:\n  created_at: 12", encoding: "toon", expected: null },
    {
      name: "TOON, in a string",
      text: 'content: "\\ncreated_at: 12"',
      encoding: "toon",
      expected: null,
    },
    { name: "TOON, not a number", text: "created_at: 12x", encoding: "toon", expected: null },
    { name: "JSON", text: '{"created_at" : 12 }', encoding: "json", expected: 12 },
    {
      name: "JSON, in a string",
      text: '{"content":"\\"created_at\\":5,","created_at":12}',
      encoding: "json",
      expected: 12,
    },
    { name: "JSON, a fraction", text: '{"created_at":1.5}', encoding: "json", expected: null },
    {
      name: "JSON, far too large",
      text: `{"created_at":${"9".repeat(20)}}`,
      encoding: "json",
      expected: null,
    },
    { name: "nothing", text: "", encoding: "json", expected: null },
  ] as const
) {
  Deno.test(`findCreatedAt() in ${name}`, () => {
    assert.equal(findCreatedAt(bytes(text), encoding), expected);
  });
}

Deno.test("findCreatedAt() finds what was encoded, whatever stands in content and tags", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom('"created_at":5', "\ncreated_at: 5\n", "created_at: 5", '\\"created_at\\":5,'),
  );
  fc.assert(
    fc.property(fc.nat(2_000_000_000), hostile, fc.array(hostile), (created_at, content, tag) => {
      const event = { content, tags: [tag], created_at, kind: 1 };
      assert.equal(findCreatedAt(bytes(JSON.stringify(event)), "json"), created_at);
      assert.equal(findCreatedAt(encodeToon(event, "1.4"), "toon"), created_at);
    }),
  );
});
