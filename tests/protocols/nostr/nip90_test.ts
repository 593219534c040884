import assert from "node:assert/strict";
import fc from "fast-check";
import { asPubkey, type EventTemplate } from "../../../protocols/nostr/event.ts";
import {
  type JobRequest,
  jobRequestTemplate,
  parseJobRequest,
  privateTags,
} from "../../../protocols/nostr/nip90.ts";
import { ID, INVOICE, PROVIDER, REQUEST, request, secret } from "./nip90_events.ts";

Deno.test("jobRequestTemplate() writes every tag of the NIP", () => {
  assert.deepEqual(jobRequestTemplate(REQUEST, 1), {
    kind: 5601,
    created_at: 1,
    content: "",
    tags: [
      ["i", "https://example.org/repo.git", "url", "wss://r.example", "repo"],
      ["i", ID, "event"],
      ["i", ID, "job", "", "after"],
      ["i", "", "text"],
      ["param", "command", "make test"],
      ["param", "env", "A=1", "B=2", ""],
      ["output", "application/json"],
      ["bid", "50000", "units"],
      ["relays", "wss://r.example", "ws://127.0.0.1:7100"],
      ["p", PROVIDER],
      ["t", "ci-run"],
      ["t", "amd64"],
      ["expiration", "1767225600"],
      ["client", "crosstown"],
    ],
  });
});

Deno.test("parseJobRequest() reads what jobRequestTemplate() wrote", () => {
  assert.deepEqual(parseJobRequest(jobRequestTemplate(REQUEST, 1)), REQUEST);
});

Deno.test("parseJobRequest() reads a request of nothing but a kind", () => {
  assert.deepEqual(parseJobRequest(jobRequestTemplate({ kind: 5600 }, 1)), {
    kind: 5600,
    inputs: [],
    params: [],
    relays: [],
    providers: [],
    topics: [],
    encrypted: false,
    content: "",
    extraTags: [],
  });
});

Deno.test("parseJobRequest() round-trips any inputs, params and topics", () => {
  const text = fc.string({ minLength: 1 });
  const input = fc.record({
    type: fc.constant("text" as const),
    value: fc.string(),
    relay: fc.constant("wss://r.example"),
    marker: text,
  }, { requiredKeys: ["type", "value"], noNullPrototype: true });
  const params = fc.uniqueArray(
    fc.record({ name: text, values: fc.array(fc.string(), { minLength: 1 }) }, {
      noNullPrototype: true,
    }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(fc.array(input), params, fc.array(text), (inputs, named, topics) => {
      const parsed = parseJobRequest(
        jobRequestTemplate({ kind: 5050, inputs, params: named, topics }, 1),
      );
      assert.deepEqual([parsed.inputs, parsed.params, parsed.topics], [inputs, named, topics]);
    }),
    { seed: 90, numRuns: 200 },
  );
});

Deno.test("an encrypted request keeps inputs and params out of its tags, and gives them to who decrypted", () => {
  const { inputs, params } = REQUEST;
  const plaintext = privateTags({ inputs, params });
  const template = jobRequestTemplate(
    { kind: 5601, inputs, params, providers: [PROVIDER], encrypted: true, content: "payload" },
    1,
  );
  assert.deepEqual(template.tags, [["p", PROVIDER], ["encrypted"]]);
  assert.deepEqual(parseJobRequest(template).inputs, []);
  const read = parseJobRequest(template, plaintext);
  assert.deepEqual([read.inputs, read.params, read.encrypted], [inputs, params, true]);
});

Deno.test("amounts without a unit are millisats, and an invoice is told from a unit", () => {
  const rows: [string[], object][] = [
    [["bid", "1000"], { value: 1000n, unit: "msats" }],
    [["bid", "5", "usdc"], { value: 5n, unit: "usdc" }],
    [["bid", "0", "units"], { value: 0n, unit: "units" }],
    [["bid", "9".repeat(78), "units"], { value: BigInt("9".repeat(78)), unit: "units" }],
    [["bid", "7", INVOICE], { value: 7n, unit: "msats", bolt11: INVOICE }],
    [["bid", "7", INVOICE, "msats"], { value: 7n, unit: "msats", bolt11: INVOICE }],
  ];
  for (const [tag, bid] of rows) assert.deepEqual(parseJobRequest(request([tag])).bid, bid);
});

const BAD_REQUESTS: [string, EventTemplate, string, string?][] = [
  ["a result's kind", { ...request([]), kind: 6601 }, "bad_kind"],
  ["an input without data", request([["i"]]), "bad_input"],
  ["an input of another type", request([["i", "x", "blob"]]), "bad_input"],
  ["an input of type event without an id", request([["i", "x", "event"]]), "bad_input"],
  [
    "an input of type job with an id in uppercase",
    request([["i", "A".repeat(64), "job"]]),
    "bad_input",
  ],
  ["an input of type url that is none", request([["i", "nowhere", "url"]]), "bad_input"],
  ["an input with a relay that is none", request([["i", "x", "text", "http://x"]]), "bad_input"],
  ["a param without a name", request([["param"]]), "bad_param"],
  ["a param with an empty name", request([["param", "", "x"]]), "bad_param"],
  ["a param without a value", request([["param", "x"]]), "bad_param"],
  ["a param twice", request([["param", "x", "1"], ["param", "x", "2"]]), "duplicate_tag"],
  ["an output without a type", request([["output"]]), "bad_output"],
  ["two outputs", request([["output", "a"], ["output", "b"]]), "duplicate_tag"],
  ["a bid without an amount", request([["bid"]]), "bad_amount"],
  ["a bid in hex", request([["bid", "0x10"]]), "bad_amount"],
  ["a negative bid", request([["bid", "-1"]]), "bad_amount"],
  ["a fractional bid", request([["bid", "1.5"]]), "bad_amount"],
  ["a bid with leading zeros", request([["bid", "007"]]), "bad_amount"],
  ["a bid of 79 digits", request([["bid", "9".repeat(79)]]), "bad_amount"],
  ["a unit with spaces", request([["bid", "1", "base units"]]), "bad_amount"],
  ["an invoice for units", request([["bid", "1", INVOICE, "units"]]), "bad_amount"],
  ["two bids", request([["bid", "1"], ["bid", "2"]]), "duplicate_tag"],
  ["a relay that is none", request([["relays", "https://x"]]), "bad_relays"],
  ["a relay without a host", request([["relays", "wss://"]]), "bad_relays"],
  ["relays twice", request([["relays"], ["relays"]]), "duplicate_tag"],
  ["a provider that is none", request([["p", "x"]]), "bad_provider"],
  ["a topic without a value", request([["t"]]), "bad_topic"],
  ["encrypted to nobody", { ...request([["encrypted"]]), content: "x" }, "bad_encrypted"],
  ["encrypted without content", request([["encrypted"], ["p", PROVIDER]]), "bad_encrypted"],
  ["encrypted, no JSON", secret(), "bad_encrypted", "x"],
  ["encrypted, no list", secret(), "bad_encrypted", "{}"],
  ["encrypted, a tag that is not private", secret(), "bad_encrypted", '[["t","1"]]'],
  ["encrypted, a tag of numbers", secret(), "bad_encrypted", '[["i",1]]'],
  ["encrypted, a bad input", secret(), "bad_input", '[["i","x","blob"]]'],
];

for (const [name, event, code, plaintext] of BAD_REQUESTS) {
  Deno.test(`parseJobRequest() refuses ${name}: ${code}`, () => {
    assert.throws(() => parseJobRequest(event, plaintext), { name: "JobTagError", code });
  });
}

Deno.test("jobRequestTemplate() refuses what parseJobRequest() would refuse", () => {
  const rows: [Partial<JobRequest>, string][] = [
    [{ kind: 7000 }, "bad_kind"],
    [{ inputs: [{ type: "event", value: "x" }] }, "bad_input"],
    [{ params: [{ name: "", values: ["x"] }] }, "bad_param"],
    [{ params: [{ name: "x", values: [] }] }, "bad_param"],
    [{ bid: { value: -1n, unit: "units" } }, "bad_amount"],
    [{ bid: { value: 1n, unit: "" } }, "bad_amount"],
    [{ bid: { value: 1n, unit: "msats", bolt11: "lnbc" } }, "bad_amount"],
    [{ relays: ["x"] }, "bad_relays"],
    [{ providers: [asPubkey(ID).slice(1) as typeof PROVIDER] }, "bad_provider"],
    [{ encrypted: true }, "bad_encrypted"],
    [{ extraTags: [["bid", "1"]] }, "bad_extra"],
  ];
  for (const [fields, code] of rows) {
    assert.throws(() => jobRequestTemplate({ ...REQUEST, ...fields }, 1), { code }, code);
  }
});

Deno.test("parseJobRequest() reads an input without a type as text", () => {
  const { inputs } = parseJobRequest(request([["i", "x"], ["i", "y", "", "", "marker"]]));
  assert.deepEqual(inputs, [
    { type: "text", value: "x" },
    { type: "text", value: "y", marker: "marker" },
  ]);
});
