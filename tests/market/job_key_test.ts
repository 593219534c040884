import assert from "node:assert/strict";
import type { Pubkey, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { jobKey, type JobKeyParts } from "../../market/job_key.ts";
import { buildJobRequest, type JobSpec } from "../../market/job_request.ts";
import type { PackedInput } from "../../market/pack_input.ts";

const BUYER = "b".repeat(64) as Pubkey;
const packed = (value: string, type: "text" | "url" = "text"): PackedInput => ({
  input: ["i", value, type],
  params: [],
  type,
  sizeBytes: value.length,
});
const SPEC: JobSpec = {
  type: "echo",
  input: packed("hello"),
  params: [["a", "1"]],
  platform: "linux/amd64",
  tags: ["fast"],
  bidUnits: 100n,
  provider: null,
  relays: ["wss://one.example/"],
  timeoutS: 60,
};
const PARTS: JobKeyParts = { type: "echo", callbackSkill: null, network: "dev 31337", given: null };

function keyOf(
  spec: Partial<JobSpec> = {},
  parts: Partial<JobKeyParts> = {},
  over: Partial<UnsignedEvent> = {},
) {
  const request = buildJobRequest({ ...SPEC, ...spec }, BUYER, 1_700_000_000);
  return jobKey({ ...request, ...over }, { ...PARTS, ...parts });
}

Deno.test("jobKey() is the same at another time, for another wait and over another relay", () => {
  const later = buildJobRequest(
    { ...SPEC, timeoutS: 9, relays: ["wss://two/"] },
    BUYER,
    1_800_000_000,
  );
  assert.deepEqual(jobKey(later, PARTS), keyOf());
});

const DIFFERENT: readonly (readonly [string, ReturnType<typeof keyOf>])[] = [
  ["input", keyOf({ input: packed("hallo") })],
  ["input type", keyOf({ input: packed("https://a.example/", "url") })],
  ["param", keyOf({ params: [["a", "2"]] })],
  ["platform", keyOf({ platform: null })],
  ["tag", keyOf({ tags: [] })],
  ["bid", keyOf({ bidUnits: 101n })],
  ["provider", keyOf({ provider: "c".repeat(64) })],
  ["kind", keyOf({ kind: 5999 })],
  ["type", keyOf({}, { type: "other" })],
  ["callback", keyOf({}, { callbackSkill: "teller" })],
  ["network", keyOf({}, { network: "dev 84532" })],
  ["wallet", keyOf({}, {}, { pubkey: "d".repeat(64) as Pubkey })],
];
for (const [name, other] of DIFFERENT) {
  Deno.test(`jobKey() is another for another ${name}`, () => {
    assert.notEqual(other.key, keyOf().key);
    assert.notEqual(other.content, keyOf().content);
  });
}

Deno.test("jobKey() of a given key is the key's own whatever the content, in one network and wallet", () => {
  const given = (text: string, more: Partial<JobKeyParts> = {}) =>
    keyOf({}, { given: text, ...more });
  assert.equal(given("order-17").key, keyOf({ tags: [] }, { given: "order-17" }).key);
  assert.notEqual(given("order-17").content, keyOf({ tags: [] }, { given: "order-17" }).content);
  const keys = [
    given("order-17"),
    given("order-18"),
    given("order-17", { network: "other" }),
    keyOf({}, { given: "order-17" }, { pubkey: "d".repeat(64) as Pubkey }),
    keyOf(),
  ].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});
