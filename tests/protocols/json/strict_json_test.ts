import assert from "node:assert/strict";
import fc from "fast-check";
import { arraySlices } from "../../../protocols/nostr/json_slices.ts";
import { parseStrictJson } from "../../../protocols/json/strict_json.ts";

Deno.test("parseStrictJson() reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!/[0-9]{16}|e[+]/.test(text));
      assert.deepEqual(parseStrictJson(text, { maxDepth: 100 }), JSON.parse(text));
    }),
    { seed: 3, numRuns: 500 },
  );
});

Deno.test("parseStrictJson() refuses what JSON.parse refuses", () => {
  const piece = fc.constantFrom(
    ..."{}[],:".split(""),
    ...[
      '"',
      '"a"',
      "\\",
      "\\u00",
      "1",
      "-",
      "01",
      ".5",
      "1e",
      "true",
      "nul",
      " ",
      "\n",
      "\u0001",
      "\u00a0",
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join("");
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        assert.throws(() => parseStrictJson(text), { name: "StrictJsonError" });
        return;
      }
      let actual: unknown;
      try {
        actual = parseStrictJson(text);
      } catch (error) {
        assert.equal((error as { code: string }).code, "duplicate_key");
        return;
      }
      assert.deepEqual(actual, expected);
    }),
    { seed: 4, numRuns: 5_000 },
  );
});

const REFUSED: [name: string, text: string | Uint8Array, code: string][] = [
  ["nothing", "", "syntax"],
  ["white space", " ", "syntax"],
  ["two values", "1 2", "syntax"],
  ["a comment", "/**/1", "syntax"],
  ["single quotes", "'a'", "syntax"],
  ["NaN", "NaN", "syntax"],
  ["a leading zero", "01", "syntax"],
  ["a plus sign", "+1", "syntax"],
  ["a dot at the end", "1.", "syntax"],
  ["an unknown escape", '"\\x"', "syntax"],
  ["half an escape", '"\\u12"', "syntax"],
  ["a raw newline in a string", '"\n"', "syntax"],
  ["a raw NUL in a string", '"\u0000"', "syntax"],
  ["a comma at the end", "[1,]", "syntax"],
  ["a key without quotes", "{a:1}", "syntax"],
  ["crossed brackets", "[{]}", "syntax"],
  ["a byte order mark", "\ufeff1", "syntax"],
  ["a byte order mark in bytes", Uint8Array.of(0xef, 0xbb, 0xbf, 0x31), "syntax"],
  ["a non-breaking space", "\u00a01", "syntax"],
  ["a key twice", '{"a":1,"b":2,"a":1}', "duplicate_key"],
  ["a key twice, once escaped", '{"a":1,"\\u0061":1}', "duplicate_key"],
  ["a key twice, deep", '[{"x":{"a":1,"a":2}}]', "duplicate_key"],
  ["__proto__ twice", '{"__proto__":1,"__proto__":2}', "duplicate_key"],
  ["2^53", "9007199254740992", "unsafe_number"],
  ["an integer that a double rounds", "9007199254740993", "unsafe_number"],
  ["a large negative integer", "-9007199254740993", "unsafe_number"],
  ["1e300", "1e300", "unsafe_number"],
  ["infinity", "1e999", "unsafe_number"],
  ["a high surrogate alone", '"\\ud800"', "lone_surrogate"],
  ["surrogates in the wrong order", '"\\udc00\\ud800"', "lone_surrogate"],
  ["a lone surrogate in a key", '{"\\ud800":1}', "lone_surrogate"],
  ["a raw lone surrogate", '"\ud800"', "lone_surrogate"],
  ["malformed UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "not_utf8"],
  ["33 levels", "[".repeat(33) + "]".repeat(33), "too_deep"],
  ["100,000 levels", "[".repeat(60_000), "too_deep"],
  ["65,537 bytes", `"${"x".repeat(65_535)}"`, "too_large"],
];

for (const [name, text, code] of REFUSED) {
  Deno.test(`parseStrictJson() refuses ${name}: ${code}`, () => {
    assert.throws(() => parseStrictJson(text), { name: "StrictJsonError", code });
  });
}

Deno.test("parseStrictJson() takes what is at the limits", () => {
  assert.equal((parseStrictJson(`"${"x".repeat(65_534)}"`) as string).length, 65_534);
  assert.ok(parseStrictJson("[".repeat(32) + "]".repeat(32)));
  assert.equal(parseStrictJson("9007199254740991"), Number.MAX_SAFE_INTEGER);
  assert.equal(parseStrictJson('"\\ud83d\\ude00"'), "\u{1F600}");
  assert.equal(parseStrictJson("0.1e-3"), 0.0001);
});

Deno.test("parseStrictJson() makes own properties of __proto__ and constructor", () => {
  const value = parseStrictJson('{"__proto__":{"polluted":1},"constructor":2}') as object;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

Deno.test("parseStrictJson() says where a fault is, and quotes nothing", () => {
  assert.throws(() => parseStrictJson('{"secret":1,"secret":2}'), {
    message: "Cannot parse JSON: a key occurs twice at offset 12",
    offset: 12,
  });
});

Deno.test("arraySlices() gives each element of an array as it stands", () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 5 }),
      fc.constantFrom(0, 2),
      (values, indent) => {
        const text = JSON.stringify(values, null, indent);
        const slices = arraySlices(text, { maxDepth: 100 });
        assert.deepEqual(
          slices.map(({ start, end }) => JSON.parse(text.slice(start, end))),
          JSON.parse(text),
        );
        for (const { start, end } of slices) {
          assert.equal(
            text.slice(start, end),
            text.slice(start, end).trim(),
          );
        }
      },
    ),
    { seed: 6, numRuns: 300 },
  );
});

Deno.test("arraySlices() refuses what is not an array, and more than its limits", () => {
  for (
    const text of [
      "",
      "{}",
      "[",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "[1]x",
      '["a',
      "[[1]",
      '[{"a":1]',
      "[1 2]",
    ]
  ) {
    assert.throws(() => arraySlices(text), { name: "StrictJsonError", code: "syntax" }, text);
  }
  assert.throws(() => arraySlices("[1,2,3]", { maxElements: 2 }), { code: "syntax" });
  assert.throws(() => arraySlices("[[[1]]]", { maxDepth: 2 }), { code: "too_deep" });
  assert.equal(arraySlices("[[1]]", { maxDepth: 2 }).length, 1);
});
