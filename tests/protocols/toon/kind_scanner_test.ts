import assert from "node:assert/strict";
import { scanKind } from "../../../protocols/toon/kind_scanner.ts";
import { agree, code, utf8 } from "./kind_scans.ts";

const CASES: { name: string; source: string; expected: number | string }[] = [
  { name: "kind alone", source: "kind: 1", expected: 1 },
  { name: "zero", source: "kind: 0", expected: 0 },
  { name: "minus zero is zero", source: "kind: -0", expected: 0 },
  { name: "65535", source: "kind: 65535", expected: 65_535 },
  { name: "65536", source: "kind: 65536", expected: "out_of_range" },
  { name: "six digits", source: "kind: 100000", expected: "out_of_range" },
  { name: "400 digits", source: `kind: ${"9".repeat(400)}`, expected: "not_an_integer" },
  { name: "300 digits", source: `kind: ${"9".repeat(300)}`, expected: "out_of_range" },
  { name: "exponent", source: "kind: 1E3", expected: 1_000 },
  { name: "fraction of zeros", source: `kind: 5050.${"0".repeat(500)}`, expected: 5050 },
  { name: "tiny fraction", source: "kind: 5050.5", expected: "not_an_integer" },
  { name: "plus sign", source: "kind: +5", expected: "not_an_integer" },
  { name: "hex", source: "kind: 0x10", expected: "not_an_integer" },
  { name: "quoted number", source: 'kind: "5050"', expected: "not_an_integer" },
  { name: "true", source: "kind: true", expected: "not_an_integer" },
  { name: "no value", source: "kind:", expected: "not_an_integer" },
  { name: "no space after the colon", source: "kind:5050", expected: 5050 },
  { name: "spaces around the colon", source: "kind  :   5050   ", expected: 5050 },
  { name: "tab before the colon is part of the key", source: "kind\t: 5050", expected: "missing" },
  {
    name: "tab before the value is part of it",
    source: "kind: \t5050",
    expected: "not_an_integer",
  },
  { name: "CR LF", source: "kind: 5050\r\n", expected: 5050 },
  { name: "two CR", source: "kind: 5050\r\r\n", expected: "not_an_integer" },
  { name: "CR alone is no line end", source: "x: 1\rkind: 5050", expected: "missing" },
  {
    name: "line separators are no line end",
    source: "x: 1\u2028kind: 5\u0085kind: 6",
    expected: "missing",
  },
  { name: "byte order mark", source: "\ufeffkind: 5050", expected: 5050 },
  { name: "two byte order marks", source: "\ufeff\ufeffkind: 5050", expected: "missing" },
  { name: "quoted key", source: '"kind": 5050', expected: 5050 },
  { name: "quoted key and spaces", source: '"kind"  :5050', expected: 5050 },
  { name: "escaped key", source: '"\\u006B\\u0069nd": 5050', expected: 5050 },
  { name: "key with an escape too many", source: '"kind\\u0000": 5050', expected: "missing" },
  { name: "key with a bad escape", source: '"\\x6bind": 5050', expected: "missing" },
  { name: "key with an escape beyond f", source: '"\\u005rind": 5050', expected: "missing" },
  { name: "key with an escape below 0", source: '"\\u007\u001bind": 5050', expected: "missing" },
  { name: "key cut off", source: '"kin', expected: "missing" },
  { name: "key without a colon", source: "kind 5050", expected: "missing" },
  { name: "longer key", source: "kinds: 5050", expected: "missing" },
  { name: "dotted key", source: "kind.x: 5050", expected: "missing" },
  { name: "other case", source: "Kind: 5050", expected: "missing" },
  { name: "indented", source: "x:\n  kind: 5050", expected: "missing" },
  { name: "comment", source: "#kind: 1\n  # kind: 2\nkind: 3", expected: 3 },
  { name: "array", source: "kind[2]: 1,2", expected: "not_an_integer" },
  { name: "array under a quoted key", source: '"kind"[1]: 5', expected: "not_an_integer" },
  { name: "text that begins like an array", source: "kind[", expected: "missing" },
  { name: "quoted colon", source: 'kind["a:\\"b:"', expected: "missing" },
  { name: "empty array", source: "kind: []", expected: "not_an_integer" },
  { name: "object", source: "kind:\n  kind: 5", expected: "not_an_integer" },
  { name: "in escaped content", source: 'content: "x\\nkind: 5"\nkind: 6', expected: 6 },
  { name: "in a tag", source: "tags[1]:\n  - [2]: kind,5050\nkind: 6", expected: 6 },
  { name: "in a list of objects", source: "x[1]:\n  - kind: 5\n    y: 1\nkind: 6", expected: 6 },
  { name: "twice", source: "kind: 5\nkind: 5", expected: "duplicated" },
  { name: "twice, the first bad", source: "kind: x\nkind: 5", expected: "duplicated" },
  { name: "in a row of a keyed root", source: "[1:]{kind}:\n  kind: 1", expected: "missing" },
  { name: "empty document", source: "", expected: "missing" },
  { name: "white space alone", source: " \n\n ", expected: "missing" },

  { name: "JSON", source: '{"kind":5050}', expected: 5050 },
  { name: "JSON, empty object", source: "{}", expected: "missing" },
  { name: "JSON, escaped key", source: '{"\\u006bin\\u0064":5050}', expected: 5050 },
  { name: "JSON, exponent", source: '{"kind":5e1}', expected: 50 },
  { name: "JSON, white space", source: ' {\r\n"kind"\t: 5050 } ', expected: 5050 },
  { name: "JSON, in a string", source: '{"a":"{\\"kind\\":1,","kind":2}', expected: 2 },
  { name: "JSON, backslashes before a quote", source: '{"a":"\\\\","kind":2}', expected: 2 },
  { name: "JSON, nested", source: '{"a":[{"kind":1},[2]],"kind":3}', expected: 3 },
  { name: "JSON, only nested", source: '{"a":{"kind":1}}', expected: "missing" },
  { name: "JSON, as a value", source: '{"a":"kind"}', expected: "missing" },
  { name: "JSON, string", source: '{"kind":"1"}', expected: "not_an_integer" },
  { name: "JSON, literal", source: '{"kind":true}', expected: "not_an_integer" },
  { name: "JSON, leading zero", source: '{"kind":01}', expected: "not_an_integer" },
  { name: "JSON, minus zero", source: '{"kind":-0}', expected: 0 },
  { name: "JSON, negative", source: '{"kind":-1}', expected: "out_of_range" },
  { name: "JSON, twice", source: '{"kind":1,"a":2,"kind":1}', expected: "duplicated" },
  { name: "JSON, cut off", source: '{"kind":1', expected: "malformed" },
  { name: "JSON, cut off in a string", source: '{"kind":1,"a":"', expected: "malformed" },
  { name: "JSON, cut off in an escape", source: '{"kind":1,"a":"\\', expected: "malformed" },
  { name: "JSON, comma at the end", source: '{"kind":1,}', expected: "malformed" },
  { name: "JSON, no value", source: '{"kind":}', expected: "malformed" },
  { name: "JSON, text after", source: '{"kind":1} x', expected: "malformed" },
  { name: "JSON, brace alone", source: "{", expected: "malformed" },
];

for (const { name, source, expected } of CASES) {
  Deno.test(`scanKind() ${name}: ${expected}`, () => {
    const scan = scanKind(utf8(source));
    assert.equal(scan.ok ? scan.kind : scan.code, expected);
    agree(utf8(source));
  });
}

Deno.test("scanKind() refuses more bytes than the limit before it looks at them", () => {
  const bytes = utf8("kind: 1");
  assert.equal(code(scanKind(bytes, { maxBytes: 6 })), "too_large");
  assert.equal(code(scanKind(bytes, { maxBytes: 7 })), "ok");
  assert.equal(code(scanKind(new Uint8Array(65_537).fill(0xff))), "too_large");
});

Deno.test("scanKind() finds malformed UTF-8 wherever it stands in the words of the buffer", () => {
  for (let offset = 0; offset < 4; offset++) {
    for (let at = 0; at < 24; at++) {
      const bytes = new Uint8Array(offset + 32).subarray(offset).fill(0x20);
      bytes.set(utf8("kind: 1\n"));
      if (at >= 8) bytes[at] = 0xff;
      assert.equal(code(scanKind(bytes)), at >= 8 ? "not_utf8" : "ok", `${offset} ${at}`);
    }
  }
});

Deno.test("scanKind() finds the line of the kind wherever it begins in the words of the buffer", () => {
  for (let offset = 0; offset < 4; offset++) {
    for (let at = 1; at < 12; at++) {
      const text = utf8(`${"#".repeat(at)}\nkind: 7`);
      const bytes = new Uint8Array(offset + text.length).subarray(offset);
      bytes.set(text);
      assert.deepEqual(scanKind(bytes), { ok: true, kind: 7, encoding: "toon" }, `${offset} ${at}`);
    }
  }
});

Deno.test("scanKind() reads a view into a larger buffer and nothing around it", () => {
  const whole = utf8("kind: 2\nkind: 1\nkind: 3");
  assert.deepEqual(scanKind(whole.subarray(8, 15)), { ok: true, kind: 1, encoding: "toon" });
});
