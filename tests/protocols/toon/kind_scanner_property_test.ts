import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { firstMalformed } from "../../../protocols/toon/utf8.ts";
import type { DocumentRow } from "../../../fixtures/make_documents.ts";
import { agree, decodes, joined, utf8 } from "./kind_scans.ts";

const FIXTURES = new URL("../../../fixtures/", import.meta.url);

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

function mutated(
  bytes: Uint8Array,
  change: { at: number; remove: number; insert: Uint8Array },
): Uint8Array {
  const at = Math.floor(change.at * bytes.length);
  return joined([bytes.subarray(0, at), change.insert, bytes.subarray(at + change.remove)]);
}
