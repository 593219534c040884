import assert from "node:assert/strict";
import fc from "fast-check";
import { misfitOf, misfitOfText, parseSchema } from "../../skills/json_schema.ts";
import { manifestOf } from "./skill_files.ts";

const FITS: readonly {
  readonly name: string;
  readonly schema: unknown;
  readonly value: unknown;
  readonly misfit: string | null;
}[] = [
  { name: "anything", schema: {}, value: [1, { a: null }], misfit: null },
  { name: "an integer", schema: { type: "integer" }, value: 3, misfit: null },
  { name: "no integer", schema: { type: "integer" }, value: 3.5, misfit: "it must be an integer" },
  {
    name: "null for an object",
    schema: { type: "object" },
    value: null,
    misfit: "it must be an object",
  },
  {
    name: "a list for an object",
    schema: { type: "object" },
    value: [],
    misfit: "it must be an object",
  },
  { name: "one of two types", schema: { type: ["string", "null"] }, value: null, misfit: null },
  {
    name: "none of two",
    schema: { type: ["string", "null"] },
    value: 1,
    misfit: "it must be a string or a null",
  },
  { name: "an enum", schema: { enum: [{ a: 1, b: 2 }] }, value: { b: 2, a: 1 }, misfit: null },
  { name: "no enum", schema: { enum: ["a"] }, value: "b", misfit: 'it must be one of ["a"]' },
  { name: "a const of null", schema: { const: null }, value: 0, misfit: "it must be null" },
  {
    name: "a missing name",
    schema: { required: ["toString"] },
    value: {},
    misfit: 'it must have "toString"',
  },
  {
    name: "a name of a prototype",
    schema: { properties: { a: {} }, additionalProperties: false },
    value: JSON.parse('{"__proto__": 1}'),
    misfit: "/__proto__ must not be there",
  },
  {
    name: "deep in a list",
    schema: { properties: { list: { items: { maximum: 5 } } } },
    value: { list: [1, 6] },
    misfit: "/list/1 must be at most 5",
  },
  { name: "characters outside of the BMP", schema: { maxLength: 2 }, value: "😀😀", misfit: null },
  {
    name: "a long text",
    schema: { maxLength: 2 },
    value: "abc",
    misfit: "it must have 0 to 2 characters",
  },
  {
    name: "few items",
    schema: { minItems: 1 },
    value: [],
    misfit: "it must have at least 1 items",
  },
];
for (const { name, schema, value, misfit } of FITS) {
  Deno.test(`misfitOf() ${misfit === null ? "takes" : "refuses"} ${name}`, () => {
    assert.equal(misfitOf(parseSchema(schema), value), misfit);
  });
}

let deep: unknown = {};
for (let n = 0; n < 20; n++) deep = { items: deep };
const HOSTILE: readonly {
  readonly name: string;
  readonly schema: unknown;
  readonly error: RegExp;
}[] = [
  {
    name: "a pattern that backtracks",
    schema: { pattern: "(a+)+$" },
    error: /\/pattern is no keyword/,
  },
  { name: "a reference to itself", schema: { $ref: "#" }, error: /\/\$ref is no keyword/ },
  { name: "a combination", schema: { allOf: [{}] }, error: /no keyword/ },
  { name: "a deep one", schema: deep, error: /deeper than 8/ },
  { name: "a large one", schema: { enum: ["x".repeat(5_000)] }, error: /at most 4096 characters/ },
  { name: "a list", schema: [], error: /must be an object/ },
  { name: "an unknown type", schema: { type: "float" }, error: /\/type must be/ },
  { name: "a negative length", schema: { minLength: -1 }, error: /\/minLength must be/ },
  { name: "nothing", schema: undefined, error: /at most 4096/ },
];
for (const { name, schema, error } of HOSTILE) {
  Deno.test(`parseSchema() refuses ${name}`, () => {
    assert.throws(() => parseSchema(schema), { name: "SchemaError", message: error });
  });
}

Deno.test("misfitOfText() takes the text itself for a string, else the JSON in it, and no document that is too deep", () => {
  assert.equal(misfitOfText(parseSchema({ type: "string", maxLength: 3 }), "{a"), null);
  assert.equal(misfitOfText(parseSchema({ type: "object" }), "{a"), "it must be JSON");
  const nested = "[".repeat(30_000) + "]".repeat(30_000);
  assert.match(misfitOfText(parseSchema({ const: 1 }), nested)!, /not be deeper/);
});

Deno.test("misfitOf() comes to an end for any schema that parses and any JSON", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (schema, value) => {
    let parsed;
    try {
      parsed = parseSchema(schema);
    } catch {
      return;
    }
    const found = misfitOf(parsed, value);
    assert.ok(found === null || found.length > 0);
  }));
});

Deno.test("parseManifest() reads [input] and [output], and tells the line of a schema that it does not know", () => {
  const run = '[run]\nrunner = "deno"\nmodule = "main.ts"\n';
  const { request, output } = manifestOf(
    `kinds = [5650]\n[input]\ntype = "object"\nrequired = ["text"]\n[output]\ntype = "string"\nmaxLength = 9\n${run}`,
  );
  assert.deepEqual(request?.schema, { type: "object", required: ["text"] });
  assert.deepEqual(output, { type: "string", maxLength: 9 });
  assert.throws(() => manifestOf(`kinds = [5650]\n[input]\npattern = "a"\n${run}`), {
    code: "bad_manifest",
    message: /skill\.toml:2: input: \/pattern is no keyword/,
  });
});
