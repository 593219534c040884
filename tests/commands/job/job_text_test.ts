/** What `job status`, `job results` and `job list` tell people about a job, field by field. */
import assert from "node:assert/strict";
import { doubtsOf } from "../../../commands/job/job_facts.ts";
import { adviceLines, jobDocument, jobText } from "../../../commands/job/job_report.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { eventIdOf, hash, job, outgoing } from "../../store/store_rows.ts";

type Told = Parameters<typeof jobText>[0];
type Result = NonNullable<Told["result"]>;

const EVENT_ID = "e".repeat(64);
const ROW = job({ jobId: "job-1234567", status: "success", exitCode: 0 });

/** The lines of a job with this result and these facts. */
function told(result: Omit<Result, "event_id"> | null, more: Partial<Told> = {}, logShown = false) {
  const document = jobDocument(ROW, result && { event_id: EVENT_ID, ...result }, 6_000);
  return jobText({ ...document, ...more }, M2M, logShown).split("\n");
}

for (
  const { name, result, expected } of [
    {
      name: "a log whose beginning is missing",
      result: { log: "last\x1b[2J line\n", log_truncated: true },
      expected: ["last\\u001b[2J line", "", "(the log's beginning was cut off by the provider)"],
    },
    { name: "a text", result: { content: "hello\n\n" }, expected: ["hello", ""] },
    {
      name: "an emulated build",
      result: { summary: "Build: FAILED\n  paid 0", platform: "linux/arm64", emulated: true },
      expected: ["  build     Build: FAILED paid 0 (linux/arm64, emulated)"],
    },
    {
      name: "tokens that were counted",
      result: { tokens: { prompt_tokens: 7, completion_tokens: 9, counted: true } },
      expected: ["  tokens    7 in, 9 out"],
    },
    {
      name: "tokens that were estimated",
      result: { tokens: { prompt_tokens: 7, completion_tokens: 9, counted: false } },
      expected: ["  tokens    7 in, 9 out, estimated"],
    },
    {
      name: "tests",
      result: { exit_code: 1, tests: { passed: 3, failed: 2, total: 5 } },
      expected: ["  exit code 1", "  tests     3/5 passed"],
    },
    {
      name: "one artifact",
      result: { artifacts: { files: 1, bytes: 12 } },
      expected: [
        "  artifacts 1 file, 12 bytes: 'crosstown job artifacts job-1234567 --out FOLDER' writes them",
      ],
    },
    {
      name: "artifacts that the provider did not keep",
      result: { artifacts_error: "too_large" },
      expected: ["  artifacts none were kept (too_large)"],
    },
  ] as { name: string; result: Omit<Result, "event_id">; expected: string[] }[]
) {
  Deno.test(`jobText() tells ${name}`, () => {
    const lines = told(result);
    for (const each of expected) assert.ok(lines.includes(each), lines.join("\n"));
  });
}

Deno.test("jobText() leaves out a log that was shown while the job ran", () => {
  const lines = told({ log: "seen before\n" }, {}, true);
  assert.equal(lines[0], "");
  assert.match(lines[1], /^Job job-1234567 .*: SUCCESS$/);
  assert.ok(!lines.includes("seen before"));
});

for (
  const { name, usage, expected } of [
    {
      name: "everything",
      usage: { cpu_ms: 1_240, memory_bytes: 1_048_577, network_bytes: 5 },
      expected: "  took      2.5 s, 1.2 s of processor time, 2 MiB of memory, " +
        "10 bytes in, 20 bytes out, 5 bytes of network",
    },
    {
      name: "only what could be measured",
      usage: { cpu_ms: null, memory_bytes: null, network_bytes: null },
      expected: "  took      2.5 s, 10 bytes in, 20 bytes out",
    },
  ]
) {
  Deno.test(`jobText() tells what a job used: ${name}`, () => {
    const whole = { wall_ms: 2_500, input_bytes: 10, output_bytes: 20, ...usage };
    assert.ok(told(null, { usage: whole }).includes(expected), told(null, { usage: whole }).join());
  });
}

const FAILED = { code: "exit", message: "it ended\nwith 3" };
for (
  const { state, error, expected } of [
    { state: "none", error: null, expected: "keep: nothing came for it yet" },
    { state: "done", error: null, expected: "keep: done" },
    {
      state: "waiting",
      error: FAILED,
      expected: "keep: failed 2 times, it ended with 3 (exit); is tried again",
    },
    {
      state: "failed",
      error: FAILED,
      expected:
        "keep: failed 2 times, it ended with 3 (exit); 'crosstown job callback job-1234567' runs it",
    },
  ] as const
) {
  Deno.test(`jobText() tells that a callback is ${state}`, () => {
    const callback = { skill: "keep", state, tries: 2, event_id: null, error, at: null };
    const lines = told(null, { callback });
    assert.ok(lines.includes(`  callback  ${expected}`), lines.join("\n"));
  });
}

Deno.test("jobText() tells which providers were tried, what is in doubt, and what came too late", () => {
  const provider = "f".repeat(64);
  const failed = {
    provider,
    event_id: EVENT_ID,
    quote_id: null,
    code: "timeout",
    message: "no\nanswer",
    at: "2026-09-21T14:13:20.000Z",
  };
  const doubt = { channel_id: "ch_1", nonce: 1, since: "2026-09-21T14:13:20.000Z" };
  const answer = { event_id: EVENT_ID, pubkey: provider, at: "2026-09-21T14:13:20.000Z" };
  const lines = told(null, {
    tried: [{ ...failed, paid_units: 0n }, { ...failed, paid_units: 1_500n }] as Told["tried"],
    in_doubt: [
      { ...doubt, purpose: "write", amount_units: 100n },
      { ...doubt, purpose: "job", amount_units: 400n },
    ],
    in_doubt_units: 500n,
    answers: [
      { ...answer, outcome: "foreign_provider", count: 3 },
      { ...answer, outcome: "dropped_result", count: 1 },
    ] as unknown as Told["answers"],
  });
  for (
    const each of [
      `  tried     ${provider}: no answer (timeout), not paid`,
      `  tried     ${provider}: no answer (timeout), 0.0015 M2M lost`,
      "  in doubt  0.0005 M2M (write, job): sent again until answered, never paid twice",
      `  too late  a result of ${provider}, from which the job was taken (event ${EVENT_ID})`,
      "  also came 3 foreign_provider, 1 dropped_result",
    ]
  ) assert.ok(lines.includes(each), lines.join("\n"));
});

Deno.test("adviceLines() names the three newest failed jobs, and cuts a long reason", () => {
  const failed = (at: number, errorMessage: string | null) =>
    job({ jobId: `job-${at}`, status: "refused", errorCode: "deposit_exhausted", errorMessage });
  const rows = [failed(1, "x".repeat(121)), failed(2, null), failed(3, ""), failed(4, "last")];
  const lines = adviceLines([job({ status: "success", exitCode: 0 }), ...rows]);
  assert.deepEqual(lines.filter((line) => line.startsWith("job-")), [
    `job-1 ${"x".repeat(120)}... (deposit_exhausted)`,
    "job-2 deposit_exhausted",
    "job-3 deposit_exhausted",
  ]);
  assert.deepEqual(adviceLines([]), []);
});

Deno.test("doubtsOf() takes the open payments of a buyer's job and of its earlier requests, and no others", async () => {
  const [own, earlier, other] = ["a", "b", "c"].map((digit) => eventIdOf(digit.repeat(7)));
  const asked: string[] = [];
  const store = {
    attemptsOf(jobId: string) {
      asked.push(jobId);
      return Promise.resolve([{ eventId: earlier }]);
    },
  } as unknown as Parameters<typeof doubtsOf>[0];
  const open = [
    `write:${own}`,
    `job:${earlier}`,
    `delivery:${own}`,
    `increment:${own}/3`,
    `write:${other}`,
    `refund:${own}`,
  ].map((obligation, at) => outgoing({ obligation, nonce: at + 1, channelId: hash("4") }));
  const { jobId } = ROW;
  const bought = { jobId, role: "buyer", eventId: own } as const;
  const found = await doubtsOf(store, open, bought);
  assert.deepEqual(found.map(({ purpose, nonce }) => [purpose, nonce]), [
    ["write", 1],
    ["job", 2],
    ["delivery", 3],
    ["increment", 4],
  ]);
  assert.equal(found[0].channel_id, `ch_${hash("4").slice(2, 10)}`);
  assert.equal(found[0].since, "1970-01-01T00:00:01.000Z");
  const [named] = await doubtsOf(
    store,
    [outgoing({ obligation: `job:${own}`, channelId: "dev" })],
    bought,
  );
  assert.equal(named.channel_id, "dev", "a name that is no id stays whole");
  assert.deepEqual(await doubtsOf(store, open, { ...bought, role: "provider" }), []);
  assert.deepEqual(await doubtsOf(store, [], bought), []);
  assert.deepEqual(asked, [jobId, jobId], "a job without open payments asks for nothing more");
});
