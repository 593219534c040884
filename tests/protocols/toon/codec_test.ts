import assert from "node:assert/strict";
import { decode as decodeWith14 } from "@toon-format/toon-1.4";
import fc from "fast-check";
import {
  decodeDocument,
  decodeToonText,
  detectEncoding,
  ToonError,
} from "../../../protocols/toon/decode.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";

const E0 = {
  id: "a".repeat(64),
  pubkey: "b".repeat(64),
  kind: 1,
  content: "gm",
  tags: [] as string[][],
  created_at: 1234567890,
  sig: "c".repeat(128),
};

const PRICE_PER_BYTE = 10;

const E0_TEXT = `id: ${"a".repeat(64)}
pubkey: ${"b".repeat(64)}
kind: 1
content: gm
tags[0]:
created_at: 1234567890
sig: ${"c".repeat(128)}`;

const ONES = "1".repeat(64);

const PUBLISHED: {
  name: string;
  change: object;
  lines: string[];
  bytes: number;
}[] = [
  { name: "E0", change: {}, lines: E0_TEXT.split("\n"), bytes: 327 },
  {
    name: "comma in content",
    change: { content: "Hello, world!" },
    lines: ['content: "Hello, world!"'],
    bytes: 340,
  },
  {
    name: "escapes and an emoji",
    change: { content: 'Hello\nWorld\t"Quoted"\u{1F600}' },
    lines: ['content: "Hello\\nWorld\\t\\"Quoted\\"\u{1F600}"'],
    bytes: 355,
  },
  {
    name: "id of digits, empty content",
    change: { id: ONES, content: "" },
    lines: [`id: "${ONES}"`, 'content: ""'],
    bytes: 329,
  },
  {
    name: "exponent, leading zeros, true",
    change: { id: "1e" + "1".repeat(62), pubkey: "0".repeat(63) + "1", content: "true" },
    lines: [`id: "1e${"1".repeat(62)}"`, `pubkey: "${"0".repeat(63)}1"`, 'content: "true"'],
    bytes: 335,
  },
  {
    name: "e and p tags",
    change: { content: "Hello, Nostr!", tags: [["e", ONES], ["p", "2".repeat(64)]] },
    lines: ["tags[2]:", `  - [2]: e,"${ONES}"`, `  - [2]: p,"${"2".repeat(64)}"`],
    bytes: 496,
  },
  {
    name: "tags of three lengths",
    change: { content: "Hello, world!", tags: [["d", "x"], ["param", "k", "v"], ["t"]] },
    lines: ["tags[3]:", "  - [2]: d,x", "  - [3]: param,k,v", "  - [1]: t"],
    bytes: 383,
  },
  {
    name: "JSON in content",
    change: {
      kind: 10032,
      content: JSON.stringify({
        ilpAddress: "g.agent.alice",
        btpEndpoint: "ws://localhost:8080",
        assetCode: "USD",
        assetScale: 9,
      }),
    },
    lines: ["kind: 10032"],
    bytes: 444,
  },
];

for (const { name, change, lines, bytes } of PUBLISHED) {
  Deno.test(`encodeToon() gives the published ${bytes} bytes: ${name}`, () => {
    const encoded = encodeToon({ ...E0, ...change }, "1.4");
    assert.equal(encoded.length, bytes);
    assert.equal(encoded.length * PRICE_PER_BYTE, bytes * 10);
    const written = utf16(encoded).split("\n");
    for (const line of lines) assert.ok(written.includes(line), line);
    assert.deepEqual(decodeDocument(encoded), { event: { ...E0, ...change }, encoding: "toon" });
  });
}

Deno.test("encodeToon() writes E0 as published, byte for byte, at a price of 3270", () => {
  const encoded = encodeToon(E0, "1.4");
  assert.equal(utf16(encoded), E0_TEXT);
  assert.equal(encoded.length * PRICE_PER_BYTE, 3270);
  assert.equal(JSON.stringify(E0).length, 344);
});

const GOLDEN: { name: string; value: object; rules14: string; rules4: string }[] = [
  { name: "no tags", value: { tags: [] }, rules14: "tags[0]:", rules4: "tags: []" },
  {
    name: "[2]: x",
    value: { a: "[2]: x" },
    rules14: 'a: "[2]: x"',
    rules4: 'a: "[2]: x"',
  },
  {
    name: "tags that are empty or hold an empty string",
    value: { tags: [[], [""], ["x", ""]] },
    rules14: 'tags[3]:\n  - [0]:\n  - [1]: ""\n  - [2]: x,""',
    rules4: 'tags[3]:\n  - [0]:\n  - [1]: ""\n  - [2]: x,""',
  },
  {
    name: "hex like a number",
    value: { tags: [["1e5", "007", "12", "0x1f", "1e400"]] },
    rules14: 'tags[1]:\n  - [5]: "1e5","007","12",0x1f,"1e400"',
    rules4: 'tags[1]:\n  - [5]: "1e5","007","12",0x1f,"1e400"',
  },
  {
    name: "control character",
    value: { a: "x\u0001\u001e\r" },
    rules14: 'a: "x\u0001\u001e\\r"',
    rules4: 'a: "x\\u0001\\u001e\\r"',
  },
  {
    name: "__proto__ as a value",
    value: { tags: [["__proto__"]] },
    rules14: "tags[1]:\n  - [1]: __proto__",
    rules4: "tags[1]:\n  - [1]: __proto__",
  },
];

for (const { name, value, rules14, rules4 } of GOLDEN) {
  Deno.test(`encodeToon() golden: ${name}`, () => {
    assert.equal(utf16(encodeToon(value, "1.4")), rules14);
    assert.equal(utf16(encodeToon(value, "4")), rules4);
    assert.deepEqual(decodeDocument(encodeToon(value, "1.4")).event, value);
    assert.deepEqual(decodeDocument(encodeToon(value, "4")).event, value);
  });
}

Deno.test("encodeToon() refuses a lone surrogate, which has no UTF-8", () => {
  for (const rules of ["1.4", "4"] as const) {
    assert.throws(() => encodeToon({ a: "x\ud800" }, rules), {
      name: "ToonError",
      code: "lone_surrogate",
    });
  }
});

Deno.test("encodeToon() refuses what is not plain data", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const rules of ["1.4", "4"] as const) {
    assert.throws(() => encodeToon(circle, rules), { code: "unencodable" });
  }
});

const text = fc.string({ unit: "binary", maxLength: 40 });
const event = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{64}$/),
  pubkey: fc.stringMatching(/^[0-9]{64}$/),
  kind: fc.integer({ min: 0, max: 65_535 }),
  content: text,
  tags: fc.array(fc.array(text, { maxLength: 4 }), { maxLength: 4 }),
  created_at: fc.nat(),
  sig: fc.stringMatching(/^[0-9a-f]{128}$/),
}, { noNullPrototype: true });

Deno.test("encodeToon() and decodeDocument() round-trip every event under both rules", () => {
  fc.assert(
    fc.property(event, (value) => {
      for (const rules of ["1.4", "4"] as const) {
        assert.deepEqual(decodeDocument(encodeToon(value, rules)).event, value);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

Deno.test("encodeToon() under 1.4 rules gives what a peer with 1.4 decodes to the same event", () => {
  fc.assert(
    fc.property(event, (value) => {
      assert.deepEqual(decodeWith14(utf16(encodeToon(value, "1.4"))), value);
    }),
    { seed: 14, numRuns: 300 },
  );
});

Deno.test("decodeDocument() uses the given limits", () => {
  const bytes = utf8("kind: 1");
  assert.throws(() => decodeDocument(bytes, { maxBytes: 6 }), { code: "too_large" });
  assert.deepEqual(decodeDocument(bytes, { maxBytes: 7 }).event, { kind: 1 });
  assert.throws(() => decodeDocument(utf8("a:\n  b: 1"), { maxDepth: 0 }), { code: "too_deep" });
  assert.throws(() => decodeDocument(utf8('{"a":{}}'), { maxDepth: 1 }), { code: "too_deep" });
});

Deno.test("decodeDocument() says the line of a fault and quotes nothing of the document", () => {
  const secret = "sk-do-not-repeat";
  try {
    decodeDocument(utf8(`kind: 1\nx: "${secret}\ny: 1`));
    assert.fail("was decoded");
  } catch (error) {
    assert.ok(error instanceof ToonError);
    assert.equal(error.line, 2);
    assert.ok(!error.message.includes(secret));
  }
});

Deno.test("decodeDocument() makes own properties of __proto__ and touches no prototype", () => {
  for (const bytes of [utf8("__proto__:\n  x: 1"), utf8('{"__proto__":{"x":1}}')]) {
    const { event } = decodeDocument(bytes);
    assert.equal(Object.getPrototypeOf(event), Object.prototype);
    assert.ok(Object.hasOwn(event as object, "__proto__"));
  }
  assert.equal(Object.hasOwn(Object.prototype, "x"), false);
});

Deno.test("detectEncoding() goes by the first byte that is not white space", () => {
  const rows: [string, "toon" | "json"][] = [
    ["", "toon"],
    ["{", "json"],
    [" \r\n\t{", "json"],
    ["\ufeff{", "json"],
    ["\ufeffkind: 1", "toon"],
    ["[1]: x", "toon"],
    ['"{": 1', "toon"],
  ];
  for (const [source, encoding] of rows) {
    assert.equal(detectEncoding(utf8(source)), encoding, source);
  }
});

function utf8(source: string): Uint8Array {
  return new TextEncoder().encode(source);
}

Deno.test("decodeToonText() names the line that is malformed", () => {
  for (const [text, line] of [['a: "x', 1], ["a: 1\nb[2]: 1", 2]] as const) {
    assert.throws(() => decodeToonText(text), {
      name: "ToonError",
      code: "bad_toon",
      message: `Cannot decode TOON: malformed in line ${line}`,
    });
  }
});

function utf16(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
