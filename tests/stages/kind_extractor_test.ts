import assert from "node:assert/strict";
import { definition, kindExtractor } from "../../stages/kind_extractor.ts";
import type { Batch, StageContext } from "../../stages/stage.ts";
import { stageContract } from "./stage_contract.ts";

const document = (text: string) => ({ bytes: new TextEncoder().encode(text), known: {} });

stageContract(definition, {
  cases: [
    {
      name: "good beside bad",
      items: [
        document("kind: 5050\ncontent: a"),
        document("content: a"),
        document('{"content":"kind: 1","kind":7000}'),
        document("kind: 1\nkind: 2"),
        document("kind: x"),
        document("kind: 70000"),
        { bytes: new Uint8Array([0xff, 0xfe]), known: {} },
        { bytes: new Uint8Array(65_537), known: { from: "relay" } },
        document("tags[0]:\nkind: 1"),
      ],
      outcomes: [
        "ok",
        "missing",
        "ok",
        "duplicated",
        "not_an_integer",
        "out_of_range",
        "not_utf8",
        "too_large",
        "ok",
      ],
    },
    {
      name: "many",
      items: Array.from({ length: 600 }, (_, index) => document(`kind: ${index}`)),
      outcomes: Array.from({ length: 600 }, () => "ok"),
    },
  ],
});

function run(text: string, options = {}) {
  const counted: Record<string, number> = {};
  const context = {
    count: (name: string) => counted[name] = (counted[name] ?? 0) + 1,
  } as unknown as StageContext;
  const { readable, writable } = kindExtractor(options, {}, context);
  const writer = writable.getWriter();
  writer.write([{ seq: 4, ...document(text), known: { from: "x" } }]);
  return { batch: readable.getReader().read().then(({ value }) => value as Batch), counted };
}

Deno.test("kindExtractor() sets kind, size and encoding, and keeps what was known", async () => {
  const [item] = await run("kind: 5050").batch;
  assert.deepEqual(item.known, { from: "x", kind: 5050, bytes: 10, encoding: "toon" });
  assert.equal(item.seq, 4);
  const [json] = await run(' {"kind":1}').batch;
  assert.deepEqual(json.known, { from: "x", kind: 1, bytes: 11, encoding: "json" });
});

Deno.test("kindExtractor() counts what it refuses, by code", async () => {
  const { batch, counted } = run("kind: 5050", { maxBytes: 9 });
  const [item] = await batch;
  assert.equal(item.refusal?.code, "too_large");
  assert.equal(item.refusal?.stage, "kind-extractor");
  assert.equal(item.bytes.length, 0);
  assert.deepEqual(counted, { refused: 1, refused_too_large: 1 });
});
