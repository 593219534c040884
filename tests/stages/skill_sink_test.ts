import assert from "node:assert/strict";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { RunnerAnswer } from "../../market/run_answer.ts";
import { createSkillRunner, type SkillRunner } from "../../market/skill_runner.ts";
import { formatUnits, M2M } from "../../protocols/ilp/asset.ts";
import type { OpenStore, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { StoreError } from "../../store/store_error.ts";
import type { SkillHost } from "../../skills/host/host.ts";
import { definition, skillSink } from "../../stages/skill_sink.ts";
import type { SkillSinkOptions } from "../../stages/skill_sink_services.ts";
import type { Item, Known, Settlement } from "../../stages/stage.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, RULES } from "../market/market.ts";
import { stageContract } from "./stage_contract.ts";
import { sharedStore, type Surroundings, surroundings } from "./surroundings.ts";

const OPTIONS: SkillSinkOptions = {
  concurrency: 2,
  relay: { destination: "test.relay", terminalPubkey: "a".repeat(64) },
  permissions: {},
};
const asked = request(5600, [["i", "hi", "text"]]);
const bytes = new TextEncoder().encode(JSON.stringify(asked));
const other = new TextEncoder().encode(JSON.stringify({ ...asked, content: "else" }));
const BOUGHT = buyerRow(asked);
const TO_RUN: JobRow = { ...BOUGHT, role: "provider", request: bytes };
const RUN: Known = {
  id: asked.id,
  kind: 5600,
  route: "run",
  accepted: "yes",
  job_id: TO_RUN.jobId,
  encoding: "json",
};
const RESULT_ID = "5".repeat(64);
const resultEvent: UnsignedEvent = {
  kind: 6600,
  created_at: NOW_S,
  tags: [["e", asked.id]],
  content: "hi",
  pubkey: PROVIDER,
};
const SUCCESS: RunnerAnswer = {
  status: "success",
  exitCode: 0,
  errorCode: null,
  errorMessage: null,
  result: resultEvent,
  feedback: [],
};

/** The home's real runner, except for the skill itself. */
function runnerOf(store: Store, fakes: Partial<SkillRunner>): SkillRunner {
  const real = createSkillRunner({
    host: {} as SkillHost,
    store,
    pubkey: PROVIDER,
    rules: () => RULES,
    limitBytes: 32_767,
    clock: () => NOW_S * 1000,
  });
  return {
    ...real,
    run: () => Promise.resolve(SUCCESS),
    call: () => Promise.resolve(),
    answer: () => Promise.resolve(null),
    ...fakes,
  };
}

async function rig(
  rows: readonly JobRow[],
  fakes: Partial<SkillRunner> = {},
  options: Partial<SkillSinkOptions> = {},
) {
  const at = await surroundings(NOW_S * 1000);
  await at.store.commit(rows.map((row) => ({ op: "putJob", row })));
  const sink = (store = at.store) =>
    skillSink({ ...OPTIONS, ...options }, { store, skills: runnerOf(store, fakes) }, at.context)
      .getWriter();
  return { at, sink, writer: sink(), [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

const item = (seq: number, known: Known, more: Partial<Item> = {}): Item => ({
  seq,
  bytes,
  known,
  ...more,
});
const ran = (at: Surroundings) => at.store.getJob(TO_RUN.jobId, "provider");
const bought = (at: Surroundings) => at.store.getJob(BOUGHT.jobId, "buyer");
/** Kind and status tag of what waits to be published. */
async function published(at: Surroundings): Promise<string[]> {
  return (await at.store.pendingOutbox(0, 100, 0)).map((row) => {
    const { kind, tags } = JSON.parse(new TextDecoder().decode(row.event)) as UnsignedEvent;
    return [kind, tags.find(([name]) => name === "status")?.[1]].join(" ").trim();
  });
}

Deno.test("skillSink() runs an accepted job and commits job, result and mark at once", async () => {
  await using rigged = await rig([TO_RUN], {
    async run(job) {
      assert.equal(job.attempt, 1);
      assert.deepEqual(await published(at), []);
      assert.equal((await ran(at))!.status, "processing");
      return SUCCESS;
    },
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "done", detail: "success" }]);
  await writer.close();
  const row = await ran(at);
  assert.deepEqual([row!.status, row!.exitCode, row!.attempt], ["success", 0, 1]);
  assert.deepEqual(await published(at), ["6600"]);
  assert.deepEqual(await at.store.seen([asked.id]), { [asked.id]: "success" });
});

Deno.test("skillSink() tells a buyer once, before the result, that its job runs, if the run takes some time", async () => {
  for (const attempt of [0, 1]) {
    const told = Promise.withResolvers<void>();
    await using rigged = await rig([{ ...TO_RUN, attempt }], {
      async run() {
        if (attempt === 0) await at.store.pendingOutbox(0, 1, 60_000);
        else await told.promise;
        return SUCCESS;
      },
    }, { tellAfterMs: 0 });
    const { at, writer } = rigged;
    await writer.write([item(1, RUN)]);
    // A second attempt does not wait: after one turn of the timers, nothing more can arrive.
    setTimeout(told.resolve, 5);
    await at.untilSettled(1);
    await writer.close();
    assert.equal((await ran(at))!.status, "success");
    assert.deepEqual(await published(at), attempt === 0 ? ["7000 processing", "6600"] : ["6600"]);
  }
});

Deno.test("skillSink() reports nothing of a job that was cancelled soon after its run began", async () => {
  await using rigged = await rig([TO_RUN], {
    async run() {
      const { jobId } = TO_RUN;
      const patch = { status: "cancelled" } as const;
      await rigged.at.store.commit([{ op: "patchJob", jobId, role: "provider", patch }]);
      await logged.promise;
      return SUCCESS;
    },
  }, { tellAfterMs: 0 });
  const logged = Promise.withResolvers<void>();
  const { at, writer } = rigged;
  const push = at.logs.push.bind(at.logs);
  at.logs.push = (...lines) => {
    if (lines.some(({ msg }) => msg === "a job's start was not told")) logged.resolve();
    return push(...lines);
  };
  await writer.write([item(1, RUN)]);
  await at.untilSettled(1);
  await writer.close();
  assert.deepEqual(await published(at), []);
});

Deno.test("skillSink() runs a job that arrives twice once, and publishes its result once", async () => {
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  await using rigged = await rig([TO_RUN], {
    async run() {
      runs++;
      await gate.promise;
      return SUCCESS;
    },
  });
  const { at, writer, sink } = rigged;
  await writer.write([item(1, RUN), item(2, RUN)]);
  gate.resolve();
  assert.deepEqual((await at.untilSettled(2)).map(({ detail }) => detail), ["success", "success"]);
  // The sink died after the commit, before it settled: the job goes to another sink.
  await sink().write([item(3, RUN)]);
  assert.equal((await at.untilSettled(3))[2].detail, "ended before");
  assert.equal(runs, 1);
  assert.deepEqual(await published(at), ["6600"]);
});

Deno.test("skillSink() runs an interrupted job again with a higher attempt, and settles nothing before", async () => {
  const started = Promise.withResolvers<void>();
  let runs = 0;
  await using rigged = await rig([TO_RUN], {
    run(_job, _document, signal) {
      if (++runs > 1) return Promise.resolve(SUCCESS);
      started.resolve();
      return new Promise((resolve) =>
        signal.addEventListener(
          "abort",
          () => resolve({ ...SUCCESS, status: "error", errorCode: "cancelled", result: null }),
        )
      );
    },
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  await started.promise;
  at.abort.abort();
  await writer.close();
  assert.deepEqual(at.settled, []);
  assert.deepEqual([(await ran(at))!.status, (await ran(at))!.attempt], ["processing", 1]);
  const again = skillSink(OPTIONS, {
    store: at.store,
    skills: runnerOf(at.store, {}),
  }, { ...at.context, signal: new AbortController().signal }).getWriter();
  await again.write([item(2, RUN)]);
  await at.untilSettled(1);
  assert.deepEqual([(await ran(at))!.status, (await ran(at))!.attempt], ["success", 2]);
  assert.deepEqual(await published(at), ["6600"]);
});

/** Accepted jobs that fail: none may stay runnable, and the buyer is told. */
const ENDS: readonly {
  readonly name: string;
  readonly row?: Partial<JobRow>;
  readonly item?: Partial<Item>;
  readonly fakes?: Partial<SkillRunner>;
  readonly settlement: readonly [Settlement["outcome"], string];
  readonly code: string;
  readonly told: readonly string[];
}[] = [
  {
    name: "a skill that fails",
    fakes: {
      run: () =>
        Promise.resolve({
          ...SUCCESS,
          status: "error",
          errorCode: "bad_input",
          result: null,
          feedback: [{ ...resultEvent, kind: 7000, tags: [["status", "error"]] }],
        }),
    },
    settlement: ["failed", "error"],
    code: "bad_input",
    told: ["7000 error"],
  },
  {
    name: "a runner that throws",
    fakes: { run: () => Promise.reject(new Error("no space left")) },
    settlement: ["failed", "error"],
    code: "internal",
    told: ["7000 error"],
  },
  {
    name: "a job that was started three times",
    row: { attempt: 3, status: "processing" },
    settlement: ["failed", "error"],
    code: "poison",
    told: ["7000 error"],
  },
  {
    name: "a job that the source gave up as poison",
    item: {
      bytes: new Uint8Array(0),
      known: { job_id: TO_RUN.jobId, accepted: "yes" },
      refusal: { stage: "accepted-source", code: "poison", message: "it broke us twice" },
    },
    settlement: ["refused", "poison"],
    code: "poison",
    told: ["7000 error"],
  },
  {
    name: "a job that a stage refused",
    item: { refusal: { stage: "event-verifier", code: "bad_id", message: "no" } },
    settlement: ["refused", "bad_id"],
    code: "bad_id",
    told: ["7000 error"],
  },
  {
    name: "a refused job whose request cannot be read",
    row: { request: new Uint8Array([1]) },
    item: { refusal: { stage: "kind-extractor", code: "not_toon", message: "no" } },
    settlement: ["refused", "not_toon"],
    code: "not_toon",
    told: [],
  },
];
for (const each of ENDS) {
  Deno.test(`skillSink() ends ${each.name} as error ${each.code}`, async () => {
    await using rigged = await rig([{ ...TO_RUN, ...each.row }], each.fakes);
    const { at, writer } = rigged;
    await writer.write([item(1, RUN, each.item)]);
    const [{ outcome, detail }] = await at.untilSettled(1);
    assert.deepEqual([outcome, detail], each.settlement);
    const row = await ran(at);
    assert.deepEqual([row!.status, row!.errorCode], ["error", each.code]);
    assert.deepEqual(await published(at), each.told);
    assert.deepEqual(await at.store.runnableJobs([], 9, 0), []);
    await writer.close();
  });
}

Deno.test("skillSink() stops the run of a job that its buyer cancels, tells what is kept, and publishes no result", async () => {
  const started = Promise.withResolvers<void>();
  await using rigged = await rig([{ ...TO_RUN, jobPaid: true }], {
    run: (_job, _document, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(SUCCESS), { once: true });
        started.resolve();
      }),
  }, { asset: M2M });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  await started.promise;
  const deletion = { id: "d".repeat(64), kind: 5, route: "cancel", job_id: TO_RUN.jobId };
  await writer.write([item(2, deletion)]);
  assert.deepEqual((await at.untilSettled(2)).map(({ detail }) => detail).sort(), [
    "cancelled",
    "cancelled",
  ]);
  await writer.write([item(3, { ...deletion, id: "e".repeat(64) })]);
  await at.untilSettled(3);
  await writer.close();
  const row = (await ran(at))!;
  assert.deepEqual([row.status, row.errorCode, row.result], ["cancelled", "cancelled", null]);
  assert.match(row.errorMessage!, new RegExp(`${formatUnits(TO_RUN.amountUnits, M2M)} were paid`));
  assert.deepEqual(await published(at), ["7000 error"]);
  assert.deepEqual(await at.store.runnableJobs([], 9, 0), []);
});

Deno.test("skillSink() runs no job that was cancelled before its turn, and keeps no result that came in the same moment", async () => {
  await using rigged = await rig([TO_RUN], {
    async run() {
      const patch = { status: "cancelled" } as const;
      const { jobId } = TO_RUN;
      await rigged.at.store.commit([{ op: "patchJob", jobId, role: "provider", patch }]);
      return SUCCESS;
    },
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  assert.deepEqual((await at.untilSettled(1))[0].detail, "ended before");
  await writer.write([item(2, { ...RUN, id: "9".repeat(64) })]);
  assert.deepEqual((await at.untilSettled(2))[1].detail, "ended before");
  await writer.close();
  assert.equal((await ran(at))!.status, "cancelled");
  assert.deepEqual(await published(at), []);
});

Deno.test("skillSink() keeps a partial answer as the job's answer, and does not run it again", async () => {
  await using rigged = await rig([TO_RUN], {
    run: () => Promise.resolve({ ...SUCCESS, status: "partial" }),
  });
  const { at, writer } = rigged;
  await writer.write([item(1, RUN)]);
  await at.untilSettled(1);
  assert.equal((await ran(at))!.status, "partial");
  assert.deepEqual(await at.store.runnableJobs([], 9, 0), []);
});

const answer = (seq: number, route: "result" | "feedback", known: Known = {}): Item =>
  item(seq, {
    id: `${seq}`.padStart(64, "f"),
    kind: route === "result" ? 6600 : 7000,
    route,
    job_id: BOUGHT.jobId,
    status: "success",
    pubkey: PROVIDER,
    ...known,
  });

/** What an answer makes of the buyer's job. */
const ANSWERS: readonly {
  readonly name: string;
  readonly row?: Partial<JobRow>;
  readonly item: Item;
  readonly settlement: readonly [Settlement["outcome"], string];
  readonly status: JobRow["status"];
  readonly fields?: Partial<JobRow>;
  /** Counts besides the job; by default none. */
  readonly counted?: string;
}[] = [
  {
    name: "a result",
    item: answer(1, "result", { exit_code: 0 }),
    settlement: ["done", BOUGHT.jobId],
    status: "success",
    fields: { exitCode: 0, resultEventId: "1".padStart(64, "f"), result: bytes },
  },
  {
    name: "the result of a command that failed",
    item: answer(1, "result", {
      status: "error",
      exit_code: 3,
      error_code: "exit_code",
      error_message: "3",
    }),
    settlement: ["done", BOUGHT.jobId],
    status: "error",
    fields: { exitCode: 3, errorCode: "exit_code", errorMessage: "3", result: bytes },
  },
  {
    name: "a result after an error that was told before",
    row: { status: "error", errorCode: "busy" },
    item: answer(1, "result"),
    settlement: ["done", BOUGHT.jobId],
    status: "success",
    fields: { errorCode: null },
    counted: "contradictory",
  },
  {
    name: "a result where no provider was chosen",
    row: { provider: null },
    item: answer(1, "result"),
    settlement: ["done", BOUGHT.jobId],
    status: "success",
    fields: { provider: PROVIDER },
  },
  {
    name: "a second result that says the same",
    row: { status: "success", resultEventId: RESULT_ID, result: bytes },
    item: answer(1, "result"),
    settlement: ["refused", "duplicate"],
    status: "success",
    fields: { resultEventId: RESULT_ID },
    counted: "duplicate",
  },
  {
    name: "a second result that says something else",
    row: { status: "success", resultEventId: RESULT_ID, result: other },
    item: answer(1, "result"),
    settlement: ["refused", "contradictory"],
    status: "success",
    fields: { resultEventId: RESULT_ID, result: other },
    counted: "contradictory",
  },
  {
    name: "a result in time after the deadline was written down",
    row: { status: "timeout", errorCode: "timeout", errorMessage: "no result within 1 s" },
    item: answer(1, "result"),
    settlement: ["done", BOUGHT.jobId],
    status: "success",
    fields: { resultEventId: "1".padStart(64, "f"), errorCode: null, errorMessage: null },
  },
  {
    name: "feedback after the deadline was written down",
    row: { status: "timeout" },
    item: answer(1, "feedback", { status: "error", error_code: "busy" }),
    settlement: ["refused", "late"],
    status: "timeout",
    fields: { errorCode: null },
    counted: "late",
  },
  {
    name: "feedback",
    item: answer(1, "feedback", { status: "processing" }),
    settlement: ["done", BOUGHT.jobId],
    status: "processing",
  },
  {
    name: "feedback that asks for a payment",
    row: { status: "posted" },
    item: answer(1, "feedback", { status: "quoted", quote: "the provider asks 5 sats" }),
    settlement: ["done", BOUGHT.jobId],
    status: "quoted",
    fields: { errorCode: "payment_required", errorMessage: "the provider asks 5 sats" },
  },
  {
    name: "feedback that work goes on after a payment was asked for",
    row: { status: "quoted", errorCode: "payment_required", errorMessage: "5 sats" },
    item: answer(1, "feedback", { status: "processing" }),
    settlement: ["done", BOUGHT.jobId],
    status: "processing",
    fields: { errorCode: null, errorMessage: null },
  },
  {
    name: "feedback that asks for payment after it was made",
    row: { status: "processing" },
    item: answer(1, "feedback", { status: "quoted" }),
    settlement: ["done", BOUGHT.jobId],
    status: "processing",
  },
  {
    name: "feedback that the job began, after a part of its result",
    row: { status: "partial" },
    item: answer(1, "feedback", { status: "processing" }),
    settlement: ["done", BOUGHT.jobId],
    status: "partial",
  },
  {
    name: "feedback that the job failed",
    item: answer(1, "feedback", { status: "error", error_code: "busy", error_message: "full" }),
    settlement: ["done", BOUGHT.jobId],
    status: "error",
    fields: { errorCode: "busy", errorMessage: "full" },
  },
  {
    name: "feedback after the result",
    row: { status: "success", resultEventId: RESULT_ID },
    item: answer(1, "feedback", { status: "processing" }),
    settlement: ["refused", "late"],
    status: "success",
    counted: "late",
  },
  {
    name: "an error after the result",
    row: { status: "success", resultEventId: RESULT_ID },
    item: answer(1, "feedback", { status: "error" }),
    settlement: ["refused", "contradictory"],
    status: "success",
    counted: "contradictory",
  },
  ...["foreign_provider", "wrong_kind", "wrong_buyer", "wrong_time", "answered_in_clear"].map((
    code,
  ) => ({
    name: `an answer that the correlator refused as ${code}`,
    item: {
      ...answer(1, "result"),
      refusal: { code, message: "no", stage: "correlator" },
    },
    settlement: ["refused", code] as const,
    status: "paid" as const,
    counted: code,
  })),
  {
    name: "an answer that could not be verified",
    item: {
      ...answer(1, "result"),
      refusal: { code: "bad_signature", message: "no", stage: "event-verifier" },
    },
    settlement: ["refused", "bad_signature"],
    status: "paid",
  },
];
for (const each of ANSWERS) {
  Deno.test(`skillSink() ${each.name}: ${each.settlement[0]}, job ${each.status}`, async () => {
    await using rigged = await rig([{ ...BOUGHT, ...each.row }]);
    const { at, writer } = rigged;
    await writer.write([each.item]);
    const [{ outcome, detail }] = await at.untilSettled(1);
    assert.deepEqual([outcome, detail], each.settlement);
    const row = await bought(at);
    assert.equal(row!.status, each.status);
    for (const [field, value] of Object.entries(each.fields ?? {})) {
      assert.deepEqual(row![field as keyof JobRow], value, field);
    }
    const id = String(each.item.known.id);
    assert.ok((await at.store.seen([id]))[id] !== undefined, "it is marked as seen");
    const counted = await at.store.answersOf(BOUGHT.jobId);
    assert.deepEqual(
      counted.map(({ outcome, count, eventId, pubkey, kind }) => [
        outcome,
        count,
        eventId,
        pubkey,
        kind,
      ]),
      each.counted === undefined ? [] : [[each.counted, 1, id, PROVIDER, each.item.known.kind]],
    );
    await writer.close();
  });
}

for (
  const [name, code, bid, next] of [
    ["that cannot run it, where the bid covers both", "sandbox_required", 1_000_000n, true],
    ["that cannot run it, without a bid", "sandbox_required", null, false],
    ["whom the job itself failed at", "bad_input", 1_000_000n, false],
  ] as const
) {
  Deno.test(`skillSink() ${next ? "asks the next" : "asks no other"} provider after a paid one ${name}`, async () => {
    await using rigged = await rig([{ ...BOUGHT, jobPaid: true, provider: PROVIDER }]);
    const { at, writer } = rigged;
    const other = { provider: "c".repeat(64), payTo: "test.c", priceUnits: 400n };
    const plan = { jobId: BOUGHT.jobId, budgetUnits: bid, writeUnits: 100n, refusalCosts: false };
    const { relay } = OPTIONS;
    await at.store.commit([{ op: "planFailover", ...plan, ...relay, candidates: [other] }]);
    await writer.write([answer(1, "feedback", { status: "error", error_code: code })]);
    await at.untilSettled(1);
    await writer.close();
    const { status, provider } = (await bought(at))!;
    assert.deepEqual([status, provider], next ? ["created", other.provider] : ["error", PROVIDER]);
    const [tried] = await at.store.attemptsOf(BOUGHT.jobId);
    assert.equal(tried?.paidUnits, code === "bad_input" ? undefined : BOUGHT.amountUnits);
  });
}

Deno.test("skillSink() accepts the first of two results that arrive together, and stores one callback with it", async () => {
  await using rigged = await rig([BOUGHT], { call: () => Promise.reject(new Error("not here")) });
  const { at, writer } = rigged;
  const skill = { skill: "tell-me" };
  await writer.write([answer(1, "result", skill), answer(2, "result", skill)]);
  assert.deepEqual((await at.untilSettled(2)).map(({ outcome }) => outcome), ["done", "refused"]);
  assert.deepEqual((await at.store.totals()).answers, { duplicate: 1 });
  const called = await at.store.callbacksOf(BOUGHT.jobId);
  assert.deepEqual(
    called.map(({ skill, eventId, state, document }) => [skill, eventId, state, document]),
    [
      ["tell-me", "1".padStart(64, "f"), "waiting", bytes],
    ],
  );
  await writer.close();
});

const CALLED: Known = {
  route: "callback",
  job_id: BOUGHT.jobId,
  skill: "tell-me",
  id: RESULT_ID,
  encoding: "json",
  callback_id: 1,
};

async function waitingCallback(at: Surroundings): Promise<void> {
  const { jobId } = BOUGHT;
  const row = { jobId, eventId: RESULT_ID, skill: "tell-me", document: bytes };
  await at.store.commit([{ op: "addCallback", row: { ...row, encoding: "json" }, atMs: 1 }]);
}

Deno.test("skillSink() gives a callback's document to its skill, and tries one that failed three times more", async () => {
  const called: string[] = [];
  let broken = true;
  await using rigged = await rig([BOUGHT], {
    call(skill, document) {
      called.push(`${skill} ${document.encoding} ${document.bytes.length}`);
      if (!broken) return Promise.resolve();
      return Promise.reject(Object.assign(new Error("the disk is away"), { code: "skill_failed" }));
    },
  });
  const { at, writer } = rigged;
  await waitingCallback(at);
  const states: unknown[] = [];
  for (let tries = 0; tries < 4; tries++) {
    await writer.write([item(tries, { ...CALLED, tries })]);
    assert.equal((await at.untilSettled(tries + 1)).at(-1)!.outcome, "failed");
    const [row] = await at.store.callbacksOf(BOUGHT.jobId);
    states.push([row.state, row.tries, row.dueAtMs - NOW_S * 1000]);
  }
  assert.deepEqual(states, [
    ["waiting", 1, 1_000],
    ["waiting", 2, 4_000],
    ["waiting", 3, 16_000],
    ["failed", 4, 0],
  ]);
  assert.deepEqual(called, Array(4).fill(`tell-me json ${bytes.length}`));
  broken = false;
  await at.store.commit([{ op: "repeatCallback", callbackId: 1, atMs: 1 }]);
  await writer.write([item(9, { ...CALLED, tries: 0 })]);
  assert.equal((await at.untilSettled(5)).at(-1)!.outcome, "done");
  const [row] = await at.store.callbacksOf(BOUGHT.jobId);
  assert.deepEqual([row.state, row.errorCode], ["done", null]);
  await writer.close();
});

Deno.test("skillSink() accepts 64 feedback messages of a job's provider, then only one failure and its result", async () => {
  await using rigged = await rig([BOUGHT]);
  const { at, writer } = rigged;
  const words = (seq: number, status: string) => answer(seq, "feedback", { skill: "s", status });
  for (let seq = 1; seq <= 66; seq++) {
    await writer.write([words(seq, "processing")]);
    await at.untilSettled(seq);
  }
  await writer.write([words(67, "error")]);
  await at.untilSettled(67);
  await writer.write([words(68, "error")]);
  await at.untilSettled(68);
  await writer.write([answer(69, "result", { skill: "s" })]);
  const settled = await at.untilSettled(69);
  assert.deepEqual(
    [64, 65, 66, 67, 68, 69].map((seq) => settled[seq - 1].detail),
    [BOUGHT.jobId, "too_many", "too_many", BOUGHT.jobId, "too_many", BOUGHT.jobId],
  );
  const taken = [...Array.from({ length: 64 }, (_, at) => at + 1), 67, 69];
  const ids = new Set(taken.map((seq) => String(seq).padStart(64, "f")));
  const called = await at.store.callbacksOf(BOUGHT.jobId);
  assert.deepEqual(new Set(called.map(({ eventId }) => eventId)), ids);
  assert.equal((await bought(at))!.status, "success");
  await writer.close();
});

Deno.test("skillSink() reads again when its commit has a conflict, and fails if the conflicts do not end", async () => {
  await using rigged = await rig([BOUGHT]);
  const { at, sink } = rigged;
  let conflicts = 0;
  const failing = (times: number): OpenStore => ({
    ...at.store,
    commit: (changes) =>
      conflicts++ < times
        ? Promise.reject(new StoreError("conflict", "changed meanwhile"))
        : at.store.commit(changes),
  });
  const writer = sink(failing(1));
  await writer.write([answer(1, "result")]);
  assert.equal((await at.untilSettled(1))[0].outcome, "done");
  conflicts = 0;
  const broken = sink(failing(Infinity));
  await broken.write([answer(2, "feedback", { status: "processing" })]).catch(() => {});
  await assert.rejects(broken.closed, { code: "conflict" });
});

Deno.test("skillSink() errors when an outcome cannot be made durable, and settles nothing", async () => {
  await using rigged = await rig([TO_RUN]);
  const { at, sink } = rigged;
  const store: OpenStore = {
    ...at.store,
    commit: () => Promise.reject(new StoreError("io", "the disk failed")),
  };
  const writer = sink(store);
  await writer.write([item(1, RUN)]).catch(() => {});
  await assert.rejects(writer.closed, { code: "io" });
  assert.deepEqual(at.settled, []);
});

/** Requests that were read from the relay. */
const REQUESTS: readonly {
  readonly name: string;
  readonly known: Known;
  readonly rows?: readonly JobRow[];
  readonly request?: Uint8Array;
  readonly settlement: readonly [Settlement["outcome"], string];
}[] = [
  {
    name: "one with a price waits for its packet",
    known: { free: "no" },
    settlement: ["done", "waits for payment"],
  },
  {
    name: "a free one is taken",
    known: { free: "yes" },
    settlement: ["done", `job-${asked.id.slice(0, 7)}`],
  },
  {
    name: "a free one that has a row",
    known: { free: "yes" },
    rows: [{ ...TO_RUN, jobId: "job-other", status: "success" }],
    settlement: ["done", "known before"],
  },
  {
    name: "one that is refused when it is looked at again",
    known: { free: "yes" },
    request: new TextEncoder().encode(JSON.stringify(request(5050, []))),
    settlement: ["refused", "kind_not_served"],
  },
  {
    name: "a free one when all places are taken",
    known: { free: "yes" },
    rows: [{ ...TO_RUN, jobId: "job-other", eventId: "8".repeat(64) }],
    settlement: ["refused", "busy"],
  },
];
for (const each of REQUESTS) {
  Deno.test(`skillSink() ${each.name}: ${each.settlement.join(" ")}`, async () => {
    await using rigged = await rig(each.rows ?? [], {}, { freeCapacity: 1 });
    const { at, writer } = rigged;
    const known = { id: asked.id, kind: 5600, route: "request", encoding: "json", ...each.known };
    await writer.write([item(1, known, { bytes: each.request ?? bytes })]);
    const [{ outcome, detail }] = await at.untilSettled(1);
    assert.deepEqual([outcome, detail], each.settlement);
    await writer.close();
  });
}

Deno.test("skillSink() gives messages to the skill of their kind, and marks what it said", async () => {
  await using rigged = await rig([], {
    answer: ({ bytes }) =>
      bytes.length === 0
        ? Promise.reject(Object.assign(new Error("no"), { code: "not_mine" }))
        : Promise.resolve(null),
  });
  const { at, writer } = rigged;
  const known = { kind: 1111, route: "message" };
  await writer.write([
    item(1, { ...known, id: "a" }),
    item(2, { ...known, id: "b" }, { bytes: new Uint8Array(0) }),
    item(3, { ...known, id: "c", route: "unknown" }),
  ]);
  assert.deepEqual(await at.untilSettled(3), [
    { seq: 1, outcome: "done" },
    { seq: 2, outcome: "failed", detail: "not_mine" },
    { seq: 3, outcome: "done", detail: "not for this home" },
  ]);
  assert.deepEqual(await at.store.seen(["a", "b", "c"]), { a: "done", b: "not_mine" });
  await writer.close();
});

Deno.test("skillSink() handles an event once if two relays deliver it in one batch", async () => {
  let answered = 0;
  await using rigged = await rig([BOUGHT], {
    answer: () => Promise.resolve((answered++, { ...asked, kind: 1059 })),
  }, { concurrency: 1 });
  const { at, writer } = rigged;
  const message = { id: "a", kind: 1059, route: "message", encoding: "json" };
  const word = answer(3, "feedback", { skill: "s", status: "processing" });
  // The other relay writes the same event in another encoding.
  await writer.write([
    item(1, { ...message, relay: "ws://one/" }),
    item(2, { ...message, relay: "ws://two/", encoding: "toon" }),
    word,
    { ...word, seq: 4 },
  ]);
  const settled = await at.untilSettled(4);
  assert.deepEqual(settled.map(({ detail }) => detail), [undefined, "seen", BOUGHT.jobId, "seen"]);
  assert.equal(answered, 1);
  assert.equal((await at.store.pendingOutbox(0, 100, 0)).length, 1);
  assert.equal((await at.store.callbacksOf(BOUGHT.jobId)).length, 1);
  await writer.close();
});

Deno.test("skillSink() publishes the answer to a message in one commit with its mark, 60 an hour where each is paid", async () => {
  const answered = { ...asked, kind: 1059 };
  await using rigged = await rig([], { answer: () => Promise.resolve(answered) });
  const { at, writer } = rigged;
  const items = Array.from(
    { length: 61 },
    (_, n) => item(n, { id: `m${n}`, kind: 1059, route: "message" }),
  );
  await writer.write(items);
  await at.untilSettled(61);
  const rows = await at.store.pendingOutbox(0, 100, 0);
  assert.equal(rows.length, 60);
  assert.deepEqual(
    [JSON.parse(new TextDecoder().decode(rows[0].event)), rows[0].jobId, rows[0].purpose],
    [answered, null, "write"],
  );
  assert.equal(
    Object.keys(await at.store.seen(items.map(({ known }) => `${known.id}`))).length,
    61,
  );
  await writer.close();
});

Deno.test("skillSink() gives skills no more jobs at once than its concurrency, and closes when all have ended", async () => {
  const gate = Promise.withResolvers<void>();
  let now = 0;
  let most = 0;
  await using rigged = await rig([], {
    async answer() {
      most = Math.max(most, ++now);
      await gate.promise;
      now--;
      return null;
    },
  });
  const { at, writer } = rigged;
  const items = Array.from(
    { length: 9 },
    (_, n) => item(n, { id: `${n}`, kind: 1111, route: "message" }),
  );
  const closed = writer.write(items).then(() => writer.close());
  // One turn of the event loop runs whatever does not wait.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(most, 2);
  gate.resolve();
  await closed;
  assert.equal(at.settled.length, 9);
  assert.equal(most, 2);
});

const contractStore = await sharedStore();
stageContract(definition, {
  options: OPTIONS,
  services: () => ({
    store: contractStore,
    skills: { ...runnerOf(contractStore, {}) },
  }),
  cases: [{
    name: "a request that waits, one for nobody, an answer whose job is gone",
    items: [
      { bytes, known: { id: asked.id, kind: 5600, route: "request", free: "no" } },
      { bytes, known: { id: BUYER, kind: 1, route: "unknown" } },
      { bytes, known: { id: PROVIDER, kind: 6600, route: "result", job_id: "job-gone" } },
    ],
    outcomes: ["done", "done", "failed"],
  }],
});
