import assert from "node:assert/strict";
import { verifyFeedback, verifyResult } from "../../market/verify_result.ts";
import type { AdmissionRules } from "../../market/admission.ts";
import { parseResultContent, readResult } from "../../market/read_result.ts";
import { M2M } from "../../protocols/ilp/asset.ts";
import { createJudge } from "../../market/judge.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { EventTemplate, NostrEvent, Pubkey } from "../../protocols/nostr/event.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, RULES, signed, STRANGER } from "./market.ts";

const asked = request();
const good = JSON.stringify({ exit_code: 1, log: "no", tests: { passed: 1, failed: 1, total: 2 } });
const address = [["e", asked.id], ["p", BUYER]];

const bytesOf = (event: object) => new TextEncoder().encode(JSON.stringify(event));
/** The earlier result, as it was received. */
const FIRST = bytesOf(
  signed({ kind: 6601, created_at: NOW_S + 5, tags: address, content: good }, PROVIDER),
);
const ENCRYPTED = bytesOf({ ...asked, tags: [...asked.tags, ["encrypted"]] });

interface Case {
  readonly name: string;
  readonly template?: Partial<EventTemplate>;
  readonly author?: Pubkey;
  readonly job?: Partial<JobRow>;
  readonly nowS?: number;
  readonly expected: string;
}

const result = ({ template, author }: Case): NostrEvent =>
  signed(
    { kind: 6601, created_at: NOW_S + 5, tags: address, content: good, ...template },
    author ?? PROVIDER,
  );

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

Deno.test("createJudge() returns flat facts of answers and errors", () => {
  const judge = createJudge(null);
  const job = buyerRow(asked);
  assert.deepEqual(judge.answer(result({ name: "", expected: "" }), job, NOW_S * 1000), {
    known: {
      status: "error",
      exit_code: 1,
      error_code: "exit_code",
      error_message: "the command ran and exited with 1",
    },
  });
  const zero = result({ name: "", expected: "", template: { content: '{"exit_code":0}' } });
  assert.deepEqual(judge.answer(zero, job, NOW_S * 1000), {
    known: { status: "success", exit_code: 0 },
  });
  const tags = [["status", "error", "no sandbox here"], ...address, ["code", "sandbox_required"]];
  const error = signed({ kind: 7000, created_at: NOW_S, tags, content: "" }, PROVIDER);
  assert.deepEqual(judge.answer(error, job, NOW_S * 1000), {
    known: { status: "error", error_code: "sandbox_required", error_message: "no sandbox here" },
  });
  assert.deepEqual(judge.request(asked, NOW_S * 1000), {
    code: "kind_not_served",
    message: "this home is not a provider",
  });
});

Deno.test("createJudge() reports a provider's price word for word if it is not an amount of NIP-90", () => {
  const judge = createJudge(null);
  const invoice = "LNBC1" + "Q".repeat(30);
  const quoted = (status: string, amount: readonly string[]) => {
    const tags = [["status", status, "pay me"], ["amount", ...amount], ...address];
    const event = signed({ kind: 7000, created_at: NOW_S, tags, content: "" }, PROVIDER);
    const told = judge.answer(event, buyerRow(asked), NOW_S * 1000);
    assert.ok("known" in told, JSON.stringify(told));
    assert.equal(told.known.status, "quoted");
    return told.known.quote;
  };
  assert.equal(
    quoted("PAYMENT_REQUIRED", ["21", invoice, "sats"]),
    `the provider asks "21 ${invoice} sats", which this program does not pay: its jobs are paid over ILP and says: pay me`,
  );
  assert.match(String(quoted("payment-required", ["0.5 EUR"])), /asks "0.5 EUR", which/);
  assert.match(
    String(quoted("payment-required", ["21000", invoice])),
    /asks 21000 msats, by the invoice lnbc1q+, which/,
  );
  assert.match(String(quoted("payment-required", ["1000", "1000"])), /asks 1000 msats, which/);
});

Deno.test("createJudge() takes requests whose bid, relays, topics and hints are written in other programs' ways", () => {
  const prices = [{ kind: 5601, flatUnits: 0n, unitsPerKib: 0n }];
  const judge = createJudge(() => ({ ...RULES, prices }));
  for (
    const tag of [
      ["bid", "5000", "5000"],
      ["bid", "10 SATS"],
      ["bid", ""],
      ["relays", "wss://a.example", "b.example"],
      ["relays", ""],
      ["t", ""],
      ["i", "hello", "text", "no relay"],
    ]
  ) {
    const told = judge.request(request(5601, [["p", PROVIDER], tag]), NOW_S * 1000);
    const known = { free: "yes", price_units: "0", named: "yes" };
    assert.deepEqual(told, { known }, JSON.stringify(tag));
  }
});

Deno.test("createJudge() says which requests name this provider, and what is wrong with them", () => {
  const judge = createJudge(() => RULES);
  const told = (tags: readonly (readonly string[])[], kind = 5601) =>
    judge.request(request(kind, tags), NOW_S * 1000);
  const priced = { free: "no", price_units: "50624" };
  const open = told([]);
  assert.ok("known" in open);
  assert.deepEqual(Object.keys(open.known), ["free", "price_units"]);
  const named = told([["p", PROVIDER]]);
  assert.ok("known" in named && named.known.named === "yes" && named.known.free === priced.free);
  assert.deepEqual(told([["p", PROVIDER], ["i", "x", "blob"]]), {
    known: {
      free: "no",
      named: "yes",
      error_code: "malformed",
      error_message: "an i tag must be of type url, event, job or text",
    },
  });
  const unnamed = told([["i", "x", "blob"]]);
  assert.ok("code" in unnamed && unnamed.code === "malformed");
  const others = told([["p", STRANGER]]);
  assert.ok("code" in others && others.code === "other_provider");
});

Deno.test("createJudge() tells a customer who names us what its skill cannot run, and that its clock is ahead", () => {
  const faultOf = (rules: Partial<AdmissionRules>, created_at = NOW_S) => {
    const judge = createJudge(() => ({ ...RULES, ...rules }));
    const told = judge.request(request(5601, [["p", PROVIDER]], { created_at }), NOW_S * 1000);
    assert.ok("known" in told, JSON.stringify(told));
    return [told.known.free, told.known.named, told.known.error_code];
  };
  for (const fault of ["bad_input", "sandbox_required"] as const) {
    const check = () => ({ fault, message: "it takes no url" });
    assert.deepEqual(faultOf({ check }), ["no", "yes", fault]);
  }
  assert.deepEqual(faultOf({}, NOW_S + 301), ["no", "yes", "from_the_future"]);
});

const INVOICE = `lnbc210n1${"q".repeat(60)}`;
for (
  const { name, tags, said } of [
    {
      name: "a Lightning invoice",
      tags: [["amount", "21000", INVOICE]],
      said:
        `the provider asks 21000 msats, by the invoice ${INVOICE}, which this program does not pay: its jobs are paid over ILP`,
    },
    {
      name: "another rail",
      tags: [["amount", "5", "sats"]],
      said: "the provider asks 5 sats, which this program does not pay: its jobs are paid over ILP",
    },
    {
      name: "units at an ILP address",
      tags: [["amount", "5000", "units"], ["ilp", "g.town.provider"]],
      said: "the provider asks 0.005 M2M at the ILP address g.town.provider",
    },
    {
      name: "no amount",
      tags: [],
      said: "the provider asks for a payment and names no amount",
    },
  ]
) {
  Deno.test(`createJudge() tells what a provider asks: ${name}`, () => {
    const all = [["status", "payment-required"], ...address, ...tags];
    const event = signed({ kind: 7000, created_at: NOW_S, tags: all, content: "" }, PROVIDER);
    assert.deepEqual(
      createJudge(null, undefined, M2M).answer(event, buyerRow(asked), NOW_S * 1000),
      {
        known: { status: "quoted", quote: said },
      },
    );
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
