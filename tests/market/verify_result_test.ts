import assert from "node:assert/strict";
import { verifyFeedback, verifyResult } from "../../market/verify_result.ts";
import { parseResultContent, readResult } from "../../market/read_result.ts";
import type { JobRow } from "../../store/job_row.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, signed, STRANGER } from "./market.ts";
import { address, asked, type Case, good, result } from "./asked.ts";

const bytesOf = (event: object) => new TextEncoder().encode(JSON.stringify(event));

/** The earlier result, as it was received. */
const FIRST = bytesOf(
  signed({ kind: 6601, created_at: NOW_S + 5, tags: address, content: good }, PROVIDER),
);

const ENCRYPTED = bytesOf({ ...asked, tags: [...asked.tags, ["encrypted"]] });

const RESULTS: readonly Case[] = [
  { name: "accepted", expected: "accepted" },
  {
    name: "from anyone, where none was chosen",
    author: STRANGER,
    job: { provider: null },
    expected: "accepted",
  },
  {
    name: "another job",
    template: { tags: [["e", "0".repeat(64)], ["p", BUYER]] },
    expected: "wrong_job",
  },
  { name: "no e", template: { tags: [["p", BUYER]] }, expected: "wrong_job" },
  {
    name: "its e tag twice",
    template: { tags: [["e", asked.id], ...address] },
    expected: "accepted",
  },
  {
    name: "an e tag of another event before the request's",
    template: { tags: [["e", "0".repeat(64), "", "root"], ...address] },
    expected: "accepted",
  },
  {
    name: "several e tags, none of them the request's",
    template: { tags: [["e", "0".repeat(64)], ["e", "1".repeat(64)], ["p", BUYER]] },
    expected: "wrong_job",
  },
  {
    name: "another buyer",
    template: { tags: [["e", asked.id], ["p", STRANGER]] },
    expected: "wrong_buyer",
  },
  {
    name: "the request's own p tag before the buyer's, as NDK copies it",
    template: { tags: [["e", asked.id], ["p", PROVIDER], ["p", BUYER]] },
    expected: "accepted",
  },
  {
    name: "several p tags without the buyer's",
    template: { tags: [["e", asked.id], ["p", PROVIDER], ["p", STRANGER]] },
    expected: "wrong_buyer",
  },
  { name: "another author", author: STRANGER, expected: "foreign_provider" },
  { name: "another kind", template: { kind: 6600 }, expected: "wrong_kind" },
  {
    name: "dated before the request",
    template: { created_at: NOW_S - 301 },
    expected: "wrong_time",
  },
  { name: "dated in the future", template: { created_at: NOW_S + 400 }, expected: "wrong_time" },
  {
    name: "second, that says the same",
    job: { resultEventId: "0".repeat(64), result: FIRST },
    template: { created_at: NOW_S + 9 },
    nowS: NOW_S + 9,
    expected: "duplicate",
  },
  {
    name: "second, that says something else",
    job: { resultEventId: "0".repeat(64), result: FIRST },
    template: { content: '{"exit_code":0}' },
    expected: "contradictory",
  },
  {
    name: "in clear, where the request was encrypted",
    job: { request: ENCRYPTED },
    expected: "answered_in_clear",
  },
  {
    name: "encrypted, where the request was",
    job: { request: ENCRYPTED },
    template: { tags: [...address, ["encrypted"]] },
    expected: "accepted",
  },
  {
    name: "published after the time",
    template: { created_at: NOW_S + 601 },
    nowS: NOW_S + 700,
    expected: "late",
  },
  { name: "published in time, read much later", nowS: NOW_S + 90_000, expected: "accepted" },
  { name: "after cancel", job: { status: "cancelled" }, expected: "late" },
  { name: "after timeout, published in time", job: { status: "timeout" }, expected: "accepted" },
  {
    name: "after timeout, published after the time",
    job: { status: "timeout" },
    template: { created_at: NOW_S + 601 },
    nowS: NOW_S + 700,
    expected: "late",
  },
  { name: "no JSON", template: { content: "hello" }, expected: "malformed_content" },
  { name: "a list", template: { content: "[]" }, expected: "malformed_content" },
  { name: "no exit code", template: { content: "{}" }, expected: "malformed_content" },
  {
    name: "exit code too high",
    template: { content: '{"exit_code":256}' },
    expected: "malformed_content",
  },
  {
    name: "log no text",
    template: { content: '{"exit_code":0,"log":1}' },
    expected: "malformed_content",
  },
  {
    name: "tests that do not add up",
    template: { content: '{"exit_code":0,"tests":{"passed":3,"failed":0,"total":2}}' },
    expected: "malformed_content",
  },
  {
    name: "zip no base64",
    template: { content: '{"exit_code":0,"log_gzip":"%"}' },
    expected: "malformed_content",
  },
  ...[
    ["amount", "-1"],
    ["amount", "1000", "1000"],
    ["amount", "10", "LNBC1" + "Q".repeat(30), "SATS"],
    ["request", "nevent1qqq"],
    ["request", JSON.stringify(JSON.stringify(asked))],
    ["request", JSON.stringify({ ...asked, sig: undefined })],
    ["i"],
  ].map((tag): Case => ({
    name: `with a tag that cannot be read, ${JSON.stringify(tag).slice(0, 40)}`,
    template: { tags: [...address, tag] },
    expected: "accepted",
  })),
  {
    name: "with another request than named",
    template: { tags: [...address, ["request", JSON.stringify(request(5600))]] },
    expected: "malformed_content",
  },
];

for (const row of RESULTS) {
  Deno.test(`verifyResult() ${row.name}: ${row.expected}`, () => {
    const verdict = verifyResult(
      result(row),
      buyerRow(asked, row.job),
      (row.nowS ?? NOW_S + 6) * 1000,
    );
    assert.equal(verdict.outcome, row.expected);
  });
}

Deno.test("verifyResult() knows the result that was accepted before", () => {
  const event = result({ name: "", expected: "" });
  const verdict = verifyResult(event, buyerRow(asked, { resultEventId: event.id }), NOW_S * 1000);
  assert.equal(verdict.outcome, "duplicate");
});

Deno.test("verifyFeedback() maps every status, and refuses feedback that is not for the job", () => {
  const feedback = (tags: readonly (readonly string[])[], author = PROVIDER) =>
    verifyFeedback(
      signed({ kind: 7000, created_at: NOW_S, tags, content: "" }, author),
      buyerRow(asked),
      NOW_S * 1000,
    );
  for (
    const [status, expected] of [
      ["payment-required", "quoted"],
      ["processing", "processing"],
      ["partial", "partial"],
      ["success", "processing"],
      ["error", "error"],
    ]
  ) {
    const verdict = feedback([["status", status], ...address]);
    assert.equal(verdict.outcome === "accepted" && verdict.status, expected);
  }
  assert.equal(feedback([["status", "scheduled"], ...address]).outcome, "status_scheduled");
  assert.equal(feedback([["status", "bored"], ...address]).outcome, "status_other");
  for (const written of [[["status", "Processing"]], [["status", "processing"], ["status", "x"]]]) {
    assert.equal(feedback([...written, ...address]).outcome, "accepted");
  }
  assert.equal(feedback([["status"], ...address]).outcome, "malformed_content");
  const copied = [["status", "processing"], ["p", PROVIDER], ...address];
  assert.equal(feedback(copied).outcome, "accepted");
  assert.equal(feedback([["status", "error"], ...address], STRANGER).outcome, "foreign_provider");
  assert.equal(feedback([["status", "error"], ["p", BUYER]]).outcome, "wrong_job");
  const late = verifyFeedback(
    signed(
      { kind: 7000, created_at: NOW_S, tags: [["status", "error"], ...address], content: "" },
      PROVIDER,
    ),
    buyerRow(asked, { resultEventId: "0".repeat(64) }),
    NOW_S * 1000,
  );
  assert.equal(late.outcome, "late");
});

const AFTER: readonly (readonly [string, Partial<JobRow>, string, string, string])[] = [
  ["an error", { status: "success" }, "error", "", "contradictory"],
  ["an error", { status: "error" }, "error", "", "late"],
  ["progress", { status: "success" }, "processing", "", "late"],
  [
    "words in clear",
    { request: ENCRYPTED, resultEventId: null },
    "partial",
    "half",
    "answered_in_clear",
  ],
  [
    "a status without words",
    { request: ENCRYPTED, resultEventId: null },
    "processing",
    "",
    "accepted",
  ],
];

for (const [name, job, status, content, expected] of AFTER) {
  Deno.test(`verifyFeedback() of ${name} on a job that is ${JSON.stringify(job.status ?? "encrypted")}: ${expected}`, () => {
    const tags = [["status", status], ...address];
    const event = signed({ kind: 7000, created_at: NOW_S, tags, content }, PROVIDER);
    const row = buyerRow(asked, { resultEventId: "0".repeat(64), ...job });
    assert.equal(verifyFeedback(event, row, NOW_S * 1000).outcome, expected);
  });
}

Deno.test("readResult() unpacks a gzipped log up to a bound", async () => {
  const zip = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(
      await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")))
        .arrayBuffer(),
    ).toBase64();
  const event = (content: object) =>
    result({ name: "", expected: "", template: { content: JSON.stringify(content) } });
  const log_gzip = await zip(new TextEncoder().encode("a log\n"));
  const small = event({ exit_code: 0, log_gzip, tests: { passed: 1, failed: 0, total: 1 } });
  assert.deepEqual(await readResult(5601, small), {
    event_id: small.id,
    exit_code: 0,
    log: "a log\n",
    tests: { passed: 1, failed: 0, total: 1 },
  });
  const bomb = await readResult(
    5601,
    event({ exit_code: 0, log_gzip: await zip(new Uint8Array(40 << 20)) }),
  );
  assert.equal(bomb.log?.length, 8 << 20);
  assert.equal(bomb.log_truncated, true);
  await assert.rejects(readResult(5601, event({ exit_code: 0, log_gzip: "AAAA" })), {
    code: "malformed_content",
  });
  assert.equal(parseResultContent(5600, "hello").text, "hello");
});
