import assert from "node:assert/strict";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { Batch, Item } from "../../stages/stage.ts";
import {
  definition,
  MAX_PREPARE_DATA_BYTES,
  toonEncoder,
  type ToonEncoderOptions,
} from "../../stages/toon_encoder.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { stageContract } from "./stage_contract.ts";
import { surroundings } from "./surroundings.ts";

const plain = event({ kind: 5050, tags: [["i", "x\ny"], ["expiration", "1800000000"]] });
const bare = event({ tags: [] });

async function run(options: ToonEncoderOptions, ...bytes: Uint8Array[]): Promise<Batch> {
  await using at = await surroundings();
  const stage = toonEncoder(options, {}, at.context);
  const writer = stage.writable.getWriter();
  const items: Item[] = bytes.map((bytes, seq) => ({ seq, bytes, known: {} }));
  void writer.write(items).then(() => writer.close());
  return (await Array.fromAsync(stage.readable)).flat();
}

Deno.test("toonEncoder() prices a kind by its own price where it has one", async () => {
  const options = { priceUnitsPerByte: "10", kindPrices: { "5050": "3" } };
  const [own, other] = await run(options, json(plain), json(bare));
  assert.equal(own.known.write_price_units, String(3 * own.bytes.length));
  assert.equal(other.known.write_price_units, String(10 * other.bytes.length));
  const [free] = await run({ ...options, kindPrices: { "5050": "0" } }, json(plain));
  assert.equal(free.known.write_price_units, "0");
});

Deno.test("toonEncoder() makes the same bytes of JSON and TOON, and prices exactly them", async () => {
  const expected = encodeToon(plain, "4");
  const out = await run({ priceUnitsPerByte: "10" }, json(plain), encodeToon(plain, "1.4"));
  for (const item of out) {
    assert.deepEqual(item.bytes, expected);
    assert.deepEqual(item.known, {
      id: plain.id,
      kind: 5050,
      bytes: expected.length,
      encoding: "toon",
      write_price_units: String(10 * expected.length),
      expires_at: 1_800_000_000,
    });
  }
});

Deno.test("toonEncoder() writes by the given rules, and for free by default", async () => {
  for (const rules of ["1.4", "4"] as const) {
    const [item] = await run({ rules }, json(bare));
    assert.deepEqual(item.bytes, encodeToon(bare, rules));
    assert.equal(item.known.write_price_units, "0");
    assert.ok(!("expires_at" in item.known));
  }
});

Deno.test("toonEncoder() sets no expiration from an invalid time", async () => {
  for (const value of ["", "-1", "1e9", "soon", "1234567890123"]) {
    const [item] = await run({}, json(event({ tags: [["expiration", value]] })));
    assert.equal(item.refusal, undefined);
    assert.ok(!("expires_at" in item.known));
  }
});

Deno.test("toonEncoder() takes exactly what one PREPARE holds", async () => {
  const overhead = (await run({}, json(event({ content: "x" }))))[0].bytes.length - 1;
  const content = "x".repeat(MAX_PREPARE_DATA_BYTES - overhead);
  const [fits, over] = await run(
    {},
    json(event({ content })),
    json(event({ content: `${content}x` })),
  );
  assert.equal(fits.bytes.length, MAX_PREPARE_DATA_BYTES);
  assert.equal(over.refusal?.code, "too_large");
  assert.match(over.refusal!.message, /32768 bytes, at most 32767 fit/);
});

const unsigned = { kind: 1, created_at: 1, tags: [], content: "", pubkey: "a".repeat(64) };
stageContract(definition, {
  options: { priceUnitsPerByte: "10", maxBytes: 2_000 },
  bytes: "made",
  cases: [
    { name: "JSON", items: [{ bytes: json(plain), known: {} }], outcomes: ["ok"] },
    {
      name: "TOON, beside what is none",
      items: [
        { bytes: json("no event"), known: {} },
        { bytes: encodeToon(plain, "1.4"), known: { outbox_id: 7 } },
        { bytes: new Uint8Array([0xff, 0xfe]), known: {} },
      ],
      outcomes: ["bad_event", "ok", "bad_event"],
    },
    {
      name: "unsigned",
      items: [{ bytes: json(unsigned), known: {} }],
      outcomes: ["bad_event"],
    },
    {
      name: "too large",
      items: [{ bytes: json(event({ content: "x".repeat(2_000) })), known: {} }],
      outcomes: ["too_large"],
    },
  ],
});
