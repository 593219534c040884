import assert from "node:assert/strict";
import type { JobRow } from "../../store/job_row.ts";
import type { Item, Settlement } from "../../stages/stage.ts";
import { PROVIDER } from "../market/market.ts";
import { answer, BOUGHT, bought, bytes, OPTIONS, other, RESULT_ID, rig } from "./skill_sink_rig.ts";

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
    ["whose result does not match its schema", "bad_result", 1_000_000n, true],
    ["whose result does not match its schema, without a bid", "bad_result", null, false],
  ] as const
) {
  Deno.test(`skillSink() ${next ? "asks the next" : "asks no other"} provider after a paid one ${name}`, async () => {
    await using rigged = await rig([{ ...BOUGHT, jobPaid: true, provider: PROVIDER }]);
    const { at, writer } = rigged;
    const other = { provider: "c".repeat(64), payTo: "test.c", priceUnits: 400n };
    const plan = { jobId: BOUGHT.jobId, budgetUnits: bid, writeUnits: 100n, refusalCosts: false };
    const { relay } = OPTIONS;
    await at.store.commit([{ op: "planFailover", ...plan, ...relay, candidates: [other] }]);
    const route = code === "bad_result" ? "result" : "feedback";
    await writer.write([answer(1, route, { status: "error", error_code: code })]);
    await at.untilSettled(1);
    await writer.close();
    const { status, provider, result } = (await bought(at))!;
    assert.equal(result !== null, route === "result" && !next, "the last result is kept");
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

for (
  const [name, row, kept] of [
    ["of a job for which nothing is paid", { amountUnits: 0n }, ["c1"]],
    ["of a job whose payment was planned", { amountUnits: 1_000n }, []],
  ] as const
) {
  Deno.test(`skillSink() stores the first quote from a relay ${name}: ${kept.length}`, async () => {
    await using rigged = await rig([{ ...BOUGHT, ...row, jobPaid: false, status: "posted" }]);
    const { at, writer } = rigged;
    for (const [seq, condition] of [[1, "c1"], [2, "c2"]] as const) {
      const asked = { status: "quoted", quote: "it asks", quote_condition: condition };
      await writer.write([answer(seq, "feedback", asked)]);
      await at.untilSettled(seq);
    }
    const quote = await at.store.quoteOf(BOUGHT.eventId);
    assert.deepEqual(quote === null ? [] : [quote.condition], kept);
    assert.deepEqual(quote?.quote ?? bytes, bytes);
    assert.equal((await bought(at))!.status, "quoted");
    await writer.close();
  });
}

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
