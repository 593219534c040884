import assert from "node:assert/strict";
import { DOCUMENT_VERSIONS } from "../../shell/documents.ts";
import { documentSchemas, faultsOf, type Schema } from "./json_schemas.ts";
import { run } from "./memory_io.ts";

Deno.test("every named document has its schema, with its version, and no other file is there", () => {
  const found = [...documentSchemas()].filter(([name]) => name !== "error")
    .map(([name, schema]) => [name, schema.properties.schema.const, schema.$id]);
  const wanted = Object.entries(DOCUMENT_VERSIONS).map(([name, version]) => [
    name,
    `${name}/${version}`,
    `crosstown:${name}/${version}`,
  ]);
  assert.deepEqual(found, wanted);
});

Deno.test("a schema says what each field is, and takes fields that it does not know", () => {
  const silent: string[] = [];
  const walk = (schema: Schema, path: string) => {
    for (const [name, field] of Object.entries<Schema>(schema.properties ?? {})) {
      const words = field.description ?? field.items?.description ?? field.const;
      if (words === undefined && field.properties === undefined && !field.items?.properties) {
        silent.push(`${path}.${name}`);
      }
      walk(field, `${path}.${name}`);
      if (field.items) walk(field.items, `${path}.${name}`);
    }
    assert.notEqual(schema.additionalProperties, false, path);
  };
  for (const [name, schema] of documentSchemas()) walk(schema, name);
  assert.deepEqual(silent, []);
});

Deno.test("faultsOf() finds a field that is missing, one of another type, and one that nobody documented", () => {
  const error = { code: "not_up", message: "m", suggestion: null };
  assert.deepEqual(faultsOf("error", { error }), []);
  assert.equal(faultsOf("error", { error: { code: "x" } }).length, 2);
  assert.equal(faultsOf("error", { error: { ...error, code: 7 } }).length, 1);
  assert.equal(faultsOf("error", { error: { ...error, extra: 1 } }).length, 1);
  assert.deepEqual(faultsOf("error", { error: { ...error, extra: 1 } }, true), []);
});

Deno.test("commands --json and --output json fit their schema", async () => {
  for (const words of [["commands", "--json"], ["commands", "--output", "json"]]) {
    const { out } = await run(words);
    assert.deepEqual(faultsOf("commands", JSON.parse(out)), []);
  }
});

Deno.test("a failure fits its schema", async () => {
  for (const words of [["job", "status", "nothing"], ["job", "submit"], ["nonsense"]]) {
    const { out } = await run([...words, "--output", "json", "--home", "/nonexistent"]);
    assert.deepEqual(faultsOf("error", JSON.parse(out)), [], words.join(" "));
  }
});
