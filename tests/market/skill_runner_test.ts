import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { parseJobFeedback, parseJobResult } from "../../protocols/nostr/nip90.ts";
import { largestBytes } from "../../market/job_request.ts";
import { contentBytes } from "../../skills/skill.ts";
import { buyerRow, NOW_S, request } from "./market.ts";
import { asked, bytes, job, runner, signal } from "./skill_runs.ts";

Deno.test("createSkillRunner() makes a result that answers the request", async () => {
  const { runner: made, calls } = runner(() => ({ content: "hi", exitCode: 0 }));
  const answer = await made.run(job, { bytes, encoding: "json", known: {} }, signal);
  assert.equal(answer.status, "success");
  assert.equal(answer.exitCode, 0);
  assert.deepEqual(answer.feedback, []);
  const result = parseJobResult(answer.result!);
  assert.equal(result.kind, 6600);
  assert.equal(result.requestId, asked.id);
  assert.deepEqual(result.amount, { value: 77n, unit: "units" });
  assert.equal(result.request?.id, asked.id);
  assert.deepEqual(result.inputs, [["i", "hi", "text"]]);
  assert.equal(calls[0].bytes, bytes);
  assert.equal(calls[0].attempt, 1);
  assert.equal(calls[0].timeoutS, 300);
});

Deno.test("createSkillRunner() tells a skill how much fits, and that much is accepted", async () => {
  for (const input of ["small", "x".repeat(20_000), '"\\\n'.repeat(3000)]) {
    const event = request(5600, [["i", input, "text"]]);
    const { runner: made } = runner(({ maxContentBytes }) => {
      let content = "";
      const unit = '"\n\u0001é';
      const each = contentBytes(unit) - 2;
      content = unit.repeat(Math.floor((maxContentBytes - 2) / each));
      return { content };
    });
    const document = {
      bytes: new TextEncoder().encode(JSON.stringify(event)),
      encoding: "json" as const,
      known: {},
    };
    const { result } = await made.run(buyerRow(event, { attempt: 1 }), document, signal);
    const size = largestBytes(result!);
    assert.ok(size <= 32_767 && size > 31_000, `${input.length}: ${size}`);
    assert.equal(result!.tags.some((tag) => tag[0] === "request"), input === "small");
  }
});

Deno.test("createSkillRunner() repeats any request in its result where writes go free, while half an event is left", async () => {
  for (const [length, repeats] of [[1_000, true], [12_000, true], [20_000, false]] as const) {
    const event = request(5600, [["i", "x".repeat(length), "text"]]);
    const { runner: made } = runner(() => ({ content: "hi" }), {
      freeWrites: true,
      limitBytes: 65_536,
    });
    const document = {
      bytes: new TextEncoder().encode(JSON.stringify(event)),
      encoding: "json" as const,
      known: {},
    };
    const { result } = await made.run(buyerRow(event, { attempt: 1 }), document, signal);
    const names = result!.tags.map(([name]) => name);
    assert.deepEqual([names.includes("request"), names.includes("i")], [repeats, repeats]);
  }
});

Deno.test("createSkillRunner() makes feedback of an error, with its code and no log", async () => {
  const told: string[] = [];
  const { runner: made } = runner(
    () => ({ status: "error", errorCode: "timeout", content: "took\ntoo long", log: "secret" }),
    { log: (jobId, text, of) => told.push(`${jobId} ${of} ${text}`) },
  );
  const answer = await made.run(job, { bytes, encoding: "json", known: {} }, signal);
  assert.equal(answer.status, "error");
  assert.equal(answer.errorCode, "timeout");
  assert.equal(answer.result, null);
  const feedback = parseJobFeedback(answer.feedback[0]);
  assert.equal(feedback.status, "error");
  assert.equal(feedback.extraInfo, "took too long");
  assert.deepEqual(feedback.extraTags, [["code", "timeout"]]);
  assert.deepEqual(told, [`${job.jobId} said secret`]);
  assert.doesNotMatch(JSON.stringify(answer.feedback), /secret/);
});

Deno.test("createSkillRunner() does not begin a job whose time is over", async () => {
  const { runner: made, calls } = runner(() => ({}), { clock: () => (NOW_S + 400) * 1000 });
  const answer = await made.run(job, { bytes, encoding: "json", known: {} }, signal);
  assert.equal(answer.errorCode, "timeout");
  assert.equal(calls.length, 0);
});

Deno.test("createSkillRunner() says that a job was taken, and takes free ones alone without payment", async () => {
  const { runner: made } = runner(() => ({}));
  assert.equal(parseJobFeedback(made.taken(job)).status, "processing");
  const row = await made.admitFree({ bytes, encoding: "json", known: {} });
  assert.equal(row.jobId, "job-free");
  assert.equal(row.jobPaid, false);
  assert.equal(row.amountUnits, 0n);
  const priced: NostrEvent = request(5601);
  const document = {
    bytes: new TextEncoder().encode(JSON.stringify(priced)),
    encoding: "json" as const,
    known: {},
  };
  await assert.rejects(made.admitFree(document), { code: "not_free" });
});

Deno.test("createSkillRunner() limits the messages of one author for which a skill runs", async () => {
  const { runner: made, calls } = runner(() => ({}));
  const message = { bytes, encoding: "json" as const, known: {} };
  for (let at = 0; at < 20; at++) await made.answer(message, signal);
  await assert.rejects(made.answer(message, signal), { code: "too_many" });
  assert.equal(calls.length, 20);
});

Deno.test("createSkillRunner() gives results by name and messages by kind with the raw bytes, and throws what failed", async () => {
  const { runner: made, calls } = runner(() => ({}));
  await made.call("my-callback", { bytes, encoding: "json", known: { job_id: "job-1" } }, signal);
  const answer = await made.answer({ bytes, encoding: "json", known: {} }, signal);
  assert.equal(answer, null, "an open message has no answer");
  assert.deepEqual(calls.map(({ by, jobId }) => [by, jobId]), [
    ["my-callback", "job-1"],
    ["kind", `event-${asked.id.slice(0, 7)}`],
  ]);
  assert.equal(calls[0].bytes, bytes);
  const failing =
    runner(() => ({ status: "error", errorCode: "no_skill", content: "none" })).runner;
  await assert.rejects(failing.call("x", { bytes, encoding: "json", known: {} }, signal), {
    code: "no_skill",
  });
});

Deno.test("createSkillRunner() limits a result by what its job was paid, except for free jobs", async () => {
  const cases = [
    { amountUnits: 0n, perByte: 10n, limit: 32_767 },
    { amountUnits: 100_000n, perByte: 10n, limit: 9_300 },
    { amountUnits: 1_000n, perByte: 10n, limit: 2_048 },
    { amountUnits: 10_000_000n, perByte: 10n, limit: 32_767 },
    { amountUnits: 1_000n, perByte: 0n, limit: 32_767 },
  ];
  for (const { amountUnits, perByte, limit } of cases) {
    const { runner: made, calls } = runner(
      ({ maxContentBytes }) => ({ content: "x".repeat(maxContentBytes) }),
      { writeUnitsPerByte: perByte },
    );
    const answer = await made.run(
      { ...job, amountUnits },
      { bytes, encoding: "json", known: {} },
      signal,
    );
    assert.ok(calls[0].maxContentBytes < limit && calls[0].maxContentBytes > limit - 2_000);
    assert.ok(largestBytes(answer.result!) <= limit);
  }
});

Deno.test("createSkillRunner() tells the end of a job that cannot be run, and throws where nobody can be told", () => {
  const { runner: made } = runner(() => ({}));
  const answer = made.failure({ ...job, request: bytes }, "poison", "it broke us twice");
  assert.deepEqual([answer.status, answer.errorCode, answer.result], ["error", "poison", null]);
  const feedback = parseJobFeedback(answer.feedback[0]);
  assert.deepEqual([feedback.status, feedback.requestId, feedback.extraInfo], [
    "error",
    asked.id,
    "it broke us twice",
  ]);
  assert.throws(() => made.failure({ ...job, request: new Uint8Array([1]) }, "poison", ""));
});

const LEFT: readonly (readonly [name: string, nowS: number, updatedS: number, leftS: number])[] = [
  ["at once", 0, 0, 300],
  ["after 100 s", 100, 0, 200],
  ["in its last second", 299.5, 0, 1],
  ["with the clock set back by a day", -86_400, 0, 300],
  ["again, with the clock set back, after a start 100 s in", -86_400, 100, 200],
];
for (const [name, nowS, updatedS, leftS] of LEFT) {
  Deno.test(`createSkillRunner() started ${name} gives its skill ${leftS} s`, async () => {
    const { runner: made, calls } = runner(() => ({}), { clock: () => (NOW_S + nowS) * 1000 });
    const row = { ...job, updatedAtMs: (NOW_S + updatedS) * 1000 };
    await made.run(row, { bytes, encoding: "json", known: {} }, signal);
    assert.deepEqual(calls.map(({ timeoutS }) => timeoutS), [leftS]);
  });
}
