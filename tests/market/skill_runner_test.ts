import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { parseJobFeedback, parseJobResult } from "../../protocols/nostr/nip90.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { contentHash, quoteEvent } from "../../protocols/nostr/job_quote.ts";
import { openedEvent } from "../../protocols/nostr/sealed_result.ts";
import { largestBytes } from "../../market/job_request.ts";
import { createSkillRunner } from "../../market/skill_runner.ts";
import type { SkillRunnerOptions } from "../../market/skill_runner_options.ts";
import type { HostRequest, SkillHost } from "../../skills/host/host.ts";
import { contentBytes, type SkillOutcome } from "../../skills/skill.ts";
import { buyerRow, NOW_S, PROVIDER, request, RULES, signed } from "./market.ts";
import { NO_LOGS } from "./logs/no_logs.ts";

const asked = request(5600, [["i", "hi", "text"]]);
const bytes = new TextEncoder().encode(JSON.stringify(asked));
const job = buyerRow(asked, {
  role: "provider",
  status: "processing",
  attempt: 1,
  amountUnits: 77n,
});
const signal = new AbortController().signal;

function runner(
  outcome: (request: HostRequest) => Partial<SkillOutcome>,
  more: Partial<SkillRunnerOptions> = {},
) {
  const calls: (HostRequest & { readonly by: string })[] = [];
  const answer = (by: string, request: HostRequest): Promise<SkillOutcome> => {
    calls.push({ ...request, by });
    return Promise.resolve({ status: "success", content: "", durationMs: 1, ...outcome(request) });
  };
  const host = {
    runKind: (request: HostRequest) => answer("kind", request),
    runNamed: (name: string, request: HostRequest) => answer(name, request),
    run: (_skill: unknown, request: HostRequest) => answer("kind", request),
    registry: {
      forKind: (kind: number) =>
        Promise.resolve(kind === 1 ? null : { manifest: { decrypt: kind === 1059 } }),
    },
  } as unknown as SkillHost;
  return {
    calls,
    runner: createSkillRunner({
      host,
      store: {
        ...NO_LOGS,
        sealedDebts: () => Promise.resolve({ waiting: 0, overdue: 0, paid: 0 }),
        freeJobId: () => Promise.resolve("job-free"),
        meterOf: () => Promise.resolve(null),
        quoteOf: () => Promise.resolve(null),
      },
      pubkey: PROVIDER,
      rules: () => RULES,
      limitBytes: 32_767,
      clock: () => NOW_S * 1000,
      ...more,
    }),
  };
}

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

Deno.test("createSkillRunner() has a wrap opened for a skill that decrypts, and wraps what it says for the author", async () => {
  const wrap = { ...request(5600, []), kind: 1059 };
  const message = { id: "m".repeat(64), pubkey: "a".repeat(64), content: "secret" };
  const wrapped: unknown[] = [];
  const signer = {
    encrypt: () => Promise.reject(new Error("not asked")),
    decrypt: () => Promise.reject(new Error("not asked")),
    signBuild: () => Promise.reject(new Error("not asked")),
    packetFulfilments: () => Promise.reject(new Error("not asked")),
    openWrap: () => Promise.resolve(message as never),
    wrap: (peer: string, answer: unknown) => {
      wrapped.push([peer, answer]);
      return Promise.resolve({ kind: 1059, id: "answer" } as never);
    },
  };
  const document = {
    bytes: new TextEncoder().encode(JSON.stringify(wrap)),
    encoding: "json" as const,
    known: {},
  };
  const { runner: made, calls } = runner(() => ({ content: "read" }), { signer });
  assert.deepEqual(await made.answer(document, signal), { kind: 1059, id: "answer" });
  assert.deepEqual([calls[0].message, calls[0].bytes], [message, document.bytes]);
  const tags = [["p", message.pubkey], ["e", message.id, "", "reply"]];
  assert.deepEqual(wrapped, [[
    message.pubkey,
    { kind: 14, created_at: NOW_S, tags, content: "read" },
  ]]);
  const silent = runner(() => ({ content: " \n" }), { signer }).runner;
  assert.equal(await silent.answer(document, signal), null);
  const closed = runner(() => ({ content: "read" })).runner;
  await assert.rejects(closed.answer(document, signal), { code: "undecryptable" });
});

Deno.test("createSkillRunner() publishes partial results up to half of what a job's payment leaves, and none of an encrypted one", async () => {
  const told: unknown[] = [];
  const part = { status: "partial", message: "part", content: "x".repeat(1_000) } as const;
  const host = {
    runKind(_request: HostRequest, { feedback }: { feedback: (progress: typeof part) => void }) {
      for (let n = 0; n < 16; n++) feedback(part);
      return Promise.resolve({ status: "success", content: "whole", durationMs: 1 });
    },
  } as unknown as SkillHost;
  const { runner: made } = runner(() => ({}), { host, writeUnitsPerByte: 10n });
  const document = { bytes, encoding: "json" as const, known: {} };
  const paid = { ...job, amountUnits: 100_000n };
  await made.run(paid, document, signal, (event) => void told.push(event));
  const size = told.reduce((sum: number, event) => sum + JSON.stringify(event).length, 0);
  assert.ok(told.length > 0 && size <= (10_000 - 700 - 2_048) / 2, `${told.length} ${size}`);
});

Deno.test("createSkillRunner() seals a result that is paid on delivery, and tells nothing of it before", async () => {
  const key = new Uint8Array(32).fill(5);
  const printed: unknown[] = [];
  const quote = quoteEvent({
    requestId: asked.id,
    buyer: asked.pubkey,
    provider: PROVIDER,
    content: contentHash(asked),
    priceUnits: 100_000n,
    depositUnits: 27_000n,
    asset: { code: "M2M", scale: 6 },
    chain: { chainId: 1, tokenNetworkAddress: "" },
    mode: "on-delivery",
    ilpAddress: "g.p",
    condition: sha256(key).toHex(),
    validUntilS: NOW_S + 9,
    deadlineS: NOW_S + 60,
  }, NOW_S);
  const { runner: made, calls } = runner(
    () => ({ content: "secret words", exitCode: 0, tags: [["exit_code", "0"]] }),
    {
      store: {
        ...NO_LOGS,
        sealedDebts: () => Promise.resolve({ waiting: 0, overdue: 0, paid: 0 }),
        freeJobId: () => Promise.resolve("job-1"),
        meterOf: () => Promise.resolve(null),
        quoteOf: () =>
          Promise.resolve({
            eventId: asked.id,
            quote: new TextEncoder().encode(JSON.stringify(signed(quote, PROVIDER))),
            condition: "",
            atMs: 1,
          }),
      },
      signer: { packetFulfilments: () => Promise.resolve([key.slice()]) } as never,
      writeUnitsPerByte: 10n,
    },
  );
  const tell = (event: unknown) => void printed.push(event);
  const answer = await made.run(job, { bytes, encoding: "json", known: {} }, signal, tell);
  const { result, sale } = answer;
  assert.deepEqual([answer.status, answer.exitCode, printed], ["success", 0, []]);
  assert.ok(!/secret|exit_code/.test(JSON.stringify(result)));
  assert.equal(parseJobResult(result!).amount?.value, 73_000n);
  assert.equal(largestBytes(result!) <= 10_000, true);
  assert.ok(calls[0].maxContentBytes < 10_000 * 3 / 4);
  const open = openedEvent(result as never, key);
  assert.equal(open.content, "secret words");
  assert.deepEqual([sale!.party, sale!.restUnits, sale!.condition, sale!.key, sale!.state], [
    asked.pubkey,
    73_000n,
    sha256(key).toHex(),
    null,
    "waiting",
  ]);
  assert.equal(sale!.dueAtMs, (NOW_S + 60 + 3_600) * 1_000);
});
