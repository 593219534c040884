import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeDocument } from "../../../protocols/toon/decode.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { type KindScan, scanKind } from "../../../protocols/toon/kind_scanner.ts";
import { firstMalformed } from "../../../protocols/toon/utf8.ts";
import type { DocumentRow } from "../../../fixtures/make_documents.ts";

const FIXTURES = new URL("../../../fixtures/", import.meta.url);

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

Deno.test("firstMalformed() agrees with a fatal TextDecoder", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.tuple(fc.nat(3), fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 2 })).map(
      ([offset, text, end]) => joined([utf8("x".repeat(offset)), utf8(text), end]).subarray(offset),
    ),
    fc.array(
      fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0x9f, 0xa0, 0xf0, 0x90, 0xf4, 0x8f),
      {
        maxLength: 10,
      },
    ).map((list) => Uint8Array.from(list)),
  );
  fc.assert(
    fc.property(bytes, (sample) => {
      assert.equal(firstMalformed(sample) === -1, decodes(sample));
    }),
    { seed: 8, numRuns: 5_000 },
  );
});

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "kind: 5",
    "\nkind: 5",
    '"kind": 5',
    "kind",
    "[2]: x",
    "- kind: 5",
    "#",
    "{",
    "}",
    '"',
    "\\",
  ),
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.integer({ min: -2, max: 70_000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constant("kind")), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;
const root = fc.tuple(
  fc.array(fc.tuple(text, value), { maxLength: 4 }),
  fc.oneof(fc.integer({ min: -3, max: 66_000 }), value),
  fc.array(fc.tuple(text, value), { maxLength: 4 }),
).map(([before, kind, after]) => Object.fromEntries([...before, ["kind", kind], ...after]));
const spelling = fc.constantFrom<(value: object) => Uint8Array>(
  (object) => encodeToon(object, "1.4"),
  (object) => encodeToon(object, "4"),
  (object) => utf8(JSON.stringify(object)),
  (object) => utf8(JSON.stringify(object, null, 2)),
);

Deno.test("scanKind() agrees with the decoder on every object with a kind, however it is spelt", () => {
  fc.assert(fc.property(root, spelling, (object, spell) => agree(spell(object))), {
    seed: 5050,
    numRuns: 2_000,
  });
});

const RUNS = 4_000;

const PIECES = [
  ...[
    "kind",
    "kind: 5",
    "\nkind: 7",
    '"kind": 8',
    '"\\u006bind"',
    '"kind":9,',
    "\n",
    "\r\n",
    "\n\n",
  ],
  ...[
    "  ",
    "\t",
    ":",
    ": ",
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "- ",
    "#",
    "[1]",
    "[2]{a,kind}:",
    "0",
    "5",
  ],
  ...[
    "e3",
    ".0",
    "-",
    "\ufeff",
    "\u0000",
    "\u00e9",
    "\u{1F600}",
    "[1:]{kind}:\n  kind: 1",
    "1e9",
    '"x":1,',
  ],
].map(utf8);
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.constant(0), fc.nat(8)),
  insert: fc.oneof(
    fc.constantFrom(...PIECES),
    fc.uint8Array({ maxLength: 3 }),
    fc.constant(new Uint8Array()),
  ),
});
const fixtures =
  (JSON.parse(Deno.readTextFileSync(new URL("documents.json", FIXTURES))) as DocumentRow[])
    .map(({ file }) => Deno.readFileSync(new URL(file, FIXTURES)))
    .filter((bytes) => bytes.length < 2_000);
const start = fc.oneof(
  fc.constantFrom(...fixtures),
  fc.tuple(root, spelling).map(([object, spell]) => spell(object)),
);

Deno.test("scanKind() agrees with the decoder on hostile changes of valid documents", () => {
  fc.assert(
    fc.property(start, fc.array(mutation, { minLength: 1, maxLength: 4 }), (bytes, changes) => {
      agree(changes.reduce(mutated, bytes));
    }),
    { seed: 1059, numRuns: RUNS },
  );
});

Deno.test("scanKind() agrees with the decoder on lines and members put together at random", () => {
  const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map(joined);
  const members = soup.map((bytes) => joined([utf8('{"kind":1,'), bytes, utf8("}")]));
  fc.assert(fc.property(fc.oneof(soup, members), agree), { seed: 1059, numRuns: RUNS });
});

/** If the decoder accepts the document, both must give the same kind; if the scanner finds a kind, the decoder must too. */
function agree(bytes: Uint8Array): void {
  const scan = scanKind(bytes);
  for (const offset of [1, 2, 3]) {
    // Newlines all around, so that a read outside the view would find a line there.
    const around = new Uint8Array(bytes.length + 8).fill(0x0a);
    around.set(bytes, offset);
    assert.deepEqual(scanKind(around.subarray(offset, offset + bytes.length)), scan);
  }
  let event: unknown;
  try {
    event = decodeDocument(bytes, { maxDepth: 1_000 }).event;
  } catch {
    return;
  }
  const kind = typeof event === "object" && event !== null && Object.hasOwn(event, "kind")
    ? (event as { kind: unknown }).kind
    : undefined;
  if (Array.isArray(event) || kind === undefined) return assert.equal(code(scan), "missing");
  if (!Number.isInteger(kind)) {
    // The rows of a keyed header at the root are objects, whatever they are called; the scanner does not read them.
    const keyedRoot = typeof kind === "object" && code(scan) === "missing";
    return assert.ok(keyedRoot || code(scan) === "not_an_integer", code(scan));
  }
  const inRange = (kind as number) >= 0 && (kind as number) <= 65_535;
  if (!inRange) return assert.equal(code(scan), "out_of_range");
  assert.equal(scan.ok && scan.kind, (kind as number) + 0);
}

function mutated(
  bytes: Uint8Array,
  change: { at: number; remove: number; insert: Uint8Array },
): Uint8Array {
  const at = Math.floor(change.at * bytes.length);
  return joined([bytes.subarray(0, at), change.insert, bytes.subarray(at + change.remove)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function code(scan: KindScan): string {
  return scan.ok ? "ok" : scan.code;
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function utf8(source: string): Uint8Array {
  return new TextEncoder().encode(source);
}
