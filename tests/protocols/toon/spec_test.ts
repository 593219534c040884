import assert from "node:assert/strict";
import { decode, encode } from "@toon-format/toon";
import { decodeToonText } from "../../../protocols/toon/decode.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";

/** A case of the specification's published fixtures (npm `@toon-format/spec`). */
interface SpecCase {
  readonly name: string;
  readonly input: unknown;
  readonly expected?: unknown;
  readonly shouldError?: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
}

const NO_LENIENT_HEADERS =
  "4.x refuses a malformed header even with strict off; we always decode strictly";
const NO_EXPANSION = "4.x has no expandPaths option; a dotted key stays one key";
const NO_FOLDING = "4.x has no keyFolding option; objects stay nested";
const NESTED_FIELDS = "4.x writes uniform nested objects as nested field groups, a later rule";

/** Where the library itself differs from the fixtures of the specification, by name, and why. */
const DIFFERING: Readonly<Record<string, string>> = {
  "decode/objects.json: treats extra brackets after valid array segment as literal key (non-strict)":
    NO_LENIENT_HEADERS,
  "decode/objects.json: treats non-integer bracket content as literal key (non-strict)":
    NO_LENIENT_HEADERS,
  "decode/objects.json: treats text between bracket segment and colon as literal key (non-strict)":
    NO_LENIENT_HEADERS,
  "decode/path-expansion.json: expands dotted key to nested object in safe mode": NO_EXPANSION,
  "decode/path-expansion.json: expands dotted key with inline array": NO_EXPANSION,
  "decode/path-expansion.json: expands dotted key with tabular array": NO_EXPANSION,
  "decode/path-expansion.json: expands and deep-merges preserving document-order insertion":
    NO_EXPANSION,
  "decode/path-expansion.json: throws on expansion conflict (object vs primitive) when strict=true":
    NO_EXPANSION,
  "decode/path-expansion.json: throws on expansion conflict (object vs array) when strict=true":
    NO_EXPANSION,
  "decode/path-expansion.json: applies LWW when strict=false (primitive overwrites expanded object)":
    NO_EXPANSION,
  "decode/path-expansion.json: applies LWW when strict=false (expanded object overwrites primitive)":
    NO_EXPANSION,
  "decode/path-expansion.json: preserves quoted dotted key as literal when expandPaths=safe":
    NO_EXPANSION,
  "decode/path-expansion.json: expands keys creating empty nested objects": NO_EXPANSION,
  "encode/arrays-objects.json: uses list format for objects with nested values": NESTED_FIELDS,
  "encode/key-folding.json: encodes folded chain to primitive (safe mode)": NO_FOLDING,
  "encode/key-folding.json: encodes folded chain with inline array": NO_FOLDING,
  "encode/key-folding.json: encodes folded chain with tabular array": NO_FOLDING,
  "encode/key-folding.json: encodes partial folding with flattenDepth=2": NO_FOLDING,
  "encode/key-folding.json: encodes full chain with flattenDepth=Infinity (default)": NO_FOLDING,
  "encode/key-folding.json: encodes folded chain ending with empty object": NO_FOLDING,
  "encode/key-folding.json: stops folding at array boundary (not single-key object)": NO_FOLDING,
  "encode/key-folding.json: encodes folded chains preserving sibling field order": NO_FOLDING,
};

const ROOT = new URL("../../../node_modules/@toon-format/spec/tests/fixtures/", import.meta.url);
const seen = new Set<string>();

for (const [group, run] of [["decode", decodeCase], ["encode", encodeCase]] as const) {
  const files = [...Deno.readDirSync(new URL(group, ROOT))].map(({ name }) => name).sort();
  for (const file of files) {
    const text = Deno.readTextFileSync(new URL(`${group}/${file}`, ROOT));
    const { tests } = JSON.parse(text) as { tests: SpecCase[] };
    const cases = tests.map((test) => ({ test, key: `${group}/${file}: ${test.name}` }));
    for (const { key } of cases) seen.add(key);
    const agreeing = cases.filter(({ key }) => DIFFERING[key] === undefined);
    Deno.test(`TOON specification ${group}/${file}: ${agreeing.length} cases hold`, () => {
      for (const { test, key } of agreeing) holds(test, run, key);
    });
    for (const { test, key } of cases) {
      const reason = DIFFERING[key];
      if (reason === undefined) continue;
      Deno.test(`TOON specification ${key}: differs, because ${reason}`, () => {
        assert.throws(() => holds(test, run, key), "the library agrees now: take it off the list");
      });
    }
  }
}

Deno.test("TOON specification: every case that is listed as differing exists", () => {
  for (const key of Object.keys(DIFFERING)) assert.ok(seen.has(key), key);
});

/** Uses our wrapper if it has the options of the case, otherwise only the library. */
function decodeCase({ input, options }: SpecCase): unknown {
  return hasOptions(options) ? decode(input as string, options) : decodeToonText(input as string);
}

function encodeCase({ input, options }: SpecCase): unknown {
  if (hasOptions(options)) return encode(input, options);
  return new TextDecoder().decode(encodeToon(input as object, "4"));
}

function hasOptions(options: SpecCase["options"] = {}): boolean {
  return Object.entries(options).some(([name, value]) => !(name === "strict" && value === true));
}

function holds(test: SpecCase, run: (test: SpecCase) => unknown, key: string): void {
  if (test.shouldError) assert.throws(() => run(test), Error, key);
  else assert.deepEqual(run(test), test.expected, key);
}
