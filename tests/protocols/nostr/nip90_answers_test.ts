import assert from "node:assert/strict";
import type { EventTemplate } from "../../../protocols/nostr/event.ts";
import {
  JOB_FEEDBACK_STATUSES,
  type JobFeedback,
  type JobFeedbackFields,
  jobFeedbackTemplate,
  type JobResult,
  jobResultTemplate,
  parseJobFeedback,
  parseJobResult,
} from "../../../protocols/nostr/nip90.ts";
import {
  bare,
  BUYER,
  feedback,
  forged,
  ID,
  INVOICE,
  PROVIDER,
  result,
  SIGNED,
} from "./nip90_events.ts";

const RESULT: JobResult = {
  kind: 6601,
  requestId: SIGNED.id,
  relayHint: "wss://r.example",
  customer: BUYER,
  request: SIGNED,
  inputs: [["i", "x", "text"]],
  amount: { value: 50_000n, unit: "units" },
  encrypted: false,
  content: '{"exit_code":0}',
  extraTags: [["x", "y"]],
};

Deno.test("jobResultTemplate() writes every tag of the NIP, and parseJobResult() reads it", () => {
  const template = jobResultTemplate(RESULT, 2);
  assert.deepEqual(template.tags, [
    ["request", JSON.stringify(SIGNED)],
    ["e", SIGNED.id, "wss://r.example"],
    ["i", "x", "text"],
    ["p", BUYER],
    ["amount", "50000", "units"],
    ["x", "y"],
  ]);
  assert.deepEqual(parseJobResult(template), RESULT);
});

const BAD_RESULTS: [string, EventTemplate, string][] = [
  ["a request's kind", { ...result([]), kind: 5601 }, "bad_kind"],
  ["no e tag", bare([["p", BUYER]]), "missing_request"],
  ["two e tags", result([["e", ID]]), "duplicate_tag"],
  ["an e tag that is no id", bare([["e", "x"], ["p", BUYER]]), "bad_request"],
  ["no p tag", bare([["e", ID]]), "missing_customer"],
  ["two p tags", result([["p", PROVIDER]]), "duplicate_tag"],
  ["a p tag that is no key", bare([["e", ID], ["p", "x"]]), "bad_customer"],
  ["an input without data", result([["i"]]), "bad_input"],
  ["an amount that is none", result([["amount", "x"]]), "bad_amount"],
  ["encrypted with open inputs", result([["encrypted"], ["i", "x"]]), "bad_encrypted"],
  ["a request that is no JSON", result([["request", "x"]]), "bad_request"],
  ["a request that is absent", result([["request"]]), "bad_request"],
  ["a request that is no event", result([["request", "{}"]]), "bad_request"],
  ["a request with a key twice", result([["request", '{"kind":1,"kind":2}']]), "bad_request"],
  ["a request other than named", result([["request", JSON.stringify(SIGNED)]]), "request_mismatch"],
  ["a request with a forged id", forged({ content: "x" }), "request_mismatch"],
  ["a request of another author", forged({ pubkey: PROVIDER }), "request_mismatch"],
  ["a request of another kind", forged({ kind: 5600 }), "request_mismatch"],
];

for (const [name, event, code] of BAD_RESULTS) {
  Deno.test(`parseJobResult() refuses ${name}: ${code}`, () => {
    assert.throws(() => parseJobResult(event), { name: "JobTagError", code });
  });
}

for (const status of JOB_FEEDBACK_STATUSES) {
  Deno.test(`jobFeedbackTemplate() writes ${status}, and parseJobFeedback() reads it`, () => {
    const feedback: JobFeedback & JobFeedbackFields = {
      requestId: ID,
      relayHint: "wss://r.example",
      customer: BUYER,
      status,
      extraInfo: "words",
      amount: { value: 1n, unit: "msats", bolt11: INVOICE },
      encrypted: true,
      content: "payload",
      extraTags: [["x"]],
    };
    const template = jobFeedbackTemplate(feedback, 3);
    assert.deepEqual(template, {
      kind: 7000,
      created_at: 3,
      content: "payload",
      tags: [
        ["status", status, "words"],
        ["amount", "1", INVOICE, "msats"],
        ["e", ID, "wss://r.example"],
        ["p", BUYER],
        ["encrypted"],
        ["x"],
      ],
    });
    assert.deepEqual(parseJobFeedback(template), feedback);
  });
}

Deno.test("jobFeedbackTemplate() takes no extra tag that NIP-90 has, whatever its value is", () => {
  const fields = { requestId: ID, customer: BUYER, status: "processing" } as const;
  for (const name of ["status", "amount", "e", "p", "encrypted"]) {
    assert.throws(() => jobFeedbackTemplate({ ...fields, extraTags: [[name, "x"]] }, 1), {
      code: "bad_extra",
    });
  }
  const { tags } = jobFeedbackTemplate({ ...fields, extraTags: [["x", "p"], []] }, 1);
  assert.deepEqual(tags.slice(-2), [["x", "p"], []]);
});

const BAD_FEEDBACK: [string, EventTemplate, string][] = [
  ["another kind", { ...feedback([["status", "error"]]), kind: 7001 }, "bad_kind"],
  ["no status", feedback([]), "missing_status"],
  ["two statuses", feedback([["status", "error"], ["status", "success"]]), "duplicate_tag"],
  ["an empty status", feedback([["status"]]), "bad_status"],
  ["no request", { ...feedback([]), tags: [["status", "error"], ["p", BUYER]] }, "missing_request"],
  [
    "two amounts",
    feedback([["status", "error"], ["amount", "1"], ["amount", "2"]]),
    "duplicate_tag",
  ],
];

for (const [name, event, code] of BAD_FEEDBACK) {
  Deno.test(`parseJobFeedback() refuses ${name}: ${code}`, () => {
    assert.throws(() => parseJobFeedback(event), { name: "JobTagError", code });
  });
}

Deno.test("parseJobFeedback() reads a status beyond NIP-90's as other, with its word", () => {
  for (const word of ["scheduled", "ERROR"]) {
    const { status, otherStatus } = parseJobFeedback(feedback([["status", word]]));
    assert.deepEqual([status, otherStatus], ["other", word]);
  }
});

Deno.test("parseJobFeedback() reads NDK's payment_required as NIP-90's", () => {
  assert.equal(
    parseJobFeedback(feedback([["status", "payment_required"]])).status,
    "payment-required",
  );
});

Deno.test("parseJobResult() and parseJobFeedback() take the customer among several p tags, where it is told", () => {
  const several = [["e", ID], ["p", PROVIDER], ["p", BUYER]];
  assert.equal(parseJobResult(bare(several), BUYER).customer, BUYER);
  const said = { ...feedback([]), tags: [["status", "processing"], ...several] };
  assert.equal(parseJobFeedback(said, BUYER).customer, BUYER);
  const other = { name: "JobTagError", code: "duplicate_tag" };
  assert.throws(() => parseJobResult(bare(several), "0".repeat(64)), other);
});
