import assert from "node:assert/strict";
import { misfitOfEvent, misfitOfResult } from "../../market/result_schema.ts";

const WORDS = "the result does not match the schema that its provider announced";
let deep = "{}";
for (let n = 0; n < 100; n++) deep = `{"items":${deep}}`;
const nested = "[".repeat(20_000) + "]".repeat(20_000);

const CASES: readonly {
  readonly name: string;
  readonly schema: string | null;
  readonly text: string;
  readonly misfit: string | null;
}[] = [
  { name: "no schema", schema: null, text: "x", misfit: null },
  { name: "a match", schema: '{"type":"integer"}', text: "3\n", misfit: null },
  {
    name: "another type",
    schema: '{"type":"integer"}',
    text: '"3"',
    misfit: `${WORDS}: it must be an integer`,
  },
  { name: "no JSON", schema: '{"type":"object"}', text: "{", misfit: `${WORDS}: it must be JSON` },
  { name: "nothing", schema: '{"type":"object"}', text: "", misfit: `${WORDS}: it must be JSON` },
  {
    name: "JSON that is too deep",
    schema: '{"type":"array"}',
    text: nested,
    misfit: `${WORDS}: it must not be deeper than 64`,
  },
  { name: "a schema with a pattern", schema: '{"pattern":"(a+)+$"}', text: "aaa!", misfit: null },
  { name: "a schema that refers to itself", schema: '{"$ref":"#"}', text: "1", misfit: null },
  { name: "a schema that is too deep", schema: deep, text: "[]", misfit: null },
  { name: "a schema that is no JSON", schema: "{", text: "1", misfit: null },
  { name: "a schema of null", schema: "null", text: "1", misfit: null },
  { name: "a minimum without end", schema: '{"minimum":1e999}', text: "1", misfit: null },
];
for (const { name, schema, text, misfit } of CASES) {
  Deno.test(`misfitOfResult() with ${name} says ${misfit === null ? "nothing" : "why"}`, () => {
    assert.equal(misfitOfResult(schema, text), misfit);
  });
}

Deno.test("misfitOfResult() says at most 250 characters, whatever the schema holds", () => {
  const schema = JSON.stringify({ enum: ["x".repeat(480)] });
  assert.equal(misfitOfResult(schema, "1")?.length, 250);
});

Deno.test("misfitOfResult() compares a list of a million items with an enum of many values in seconds", () => {
  const values = Array.from({ length: 100 }, (_, at) => at);
  const schema = JSON.stringify({ items: { enum: values } });
  assert.equal(misfitOfResult(schema, JSON.stringify(Array(1_000_000).fill(99))), null);
});

Deno.test("misfitOfEvent() compares the content, but none that is elsewhere or encrypted", () => {
  const schema = '{"type":"integer"}';
  assert.match(misfitOfEvent(schema, { content: "x", tags: [] })!, /must be JSON/);
  assert.match(misfitOfEvent(schema, { content: "", tags: [] })!, /must be JSON/);
  assert.match(misfitOfEvent(schema, { content: "x", tags: [["imeta", "x"]] })!, /must be JSON/);
  assert.equal(misfitOfEvent(schema, { content: "", tags: [["imeta", "x"]] }), null);
  assert.equal(misfitOfEvent(schema, { content: "x", tags: [["encrypted"]] }), null);
});
