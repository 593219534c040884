/** Jobs that are paid by their output, over the real network: what is paid, what each side risks, pauses, and processes that are killed. */
import assert from "node:assert/strict";
import { faultsOf } from "../commands/json_schemas.ts";
import { modelServer } from "../skills/model_server.ts";
import { devHome, type Document, startMayor, type TestHome, testHome, until } from "./process.ts";

const KIB = 1_024;
/** The line of which the skill's output is made: 49 bytes. */
const LINE = "line %03d of the output, of fifty bytes in a line\\n";
const BYTES = 100 * 49;
const OWED = Math.ceil(BYTES / KIB);
/** Prints 4,900 bytes. An input `slow` takes its time. */
const STREAM = `kinds = [5653]
types = ["stream"]
[price]
flat_units = 80000
increment_kib = 1
[limits]
timeout_s = 280
[run]
runner = "command"
command = ["sh", "-c", "grep -q slow && pause=0.1; i=0; while [ $i -lt 100 ]; do printf '${
  LINE.replace("\\n", "\\\\n")
}' $i; [ -z $pause ] || sleep $pause; i=$((i + 1)); done"]
`;
const CONTENT = Array.from(
  { length: 100 },
  (_, at) => `line ${String(at).padStart(3, "0")} of the output, of fifty bytes in a line\n`,
).join("");

let home: Awaited<ReturnType<typeof devHome>>;
let other: TestHome;
let provider = "";
const submit = (...more: string[]): string[] => [
  ...["job", "submit", "stream", "--payment", "metered", "--provider", provider, "--again"],
  ...more,
];
const statusOf = (id: string): Promise<Document> => home.json(["job", "status", id]);
const node = (...args: string[]): Promise<Document> =>
  home.json(["node", ...args, "--home", other.path]);

Deno.test.beforeAll(async () => {
  [home, other] = await Promise.all([devHome({ mayor: true }), testHome()]);
  const skill = `${other.path}/stream`;
  await Deno.mkdir(skill);
  await Deno.writeTextFile(
    `${skill}/SKILL.md`,
    "---\nname: stream\ndescription: For a test. Use in a test.\nlicense: MIT\nmetadata: {crosstown: skill.toml}\n---\n",
  );
  await Deno.writeTextFile(`${skill}/skill.toml`, STREAM);
  await home.json(["skill", "approve", skill, "--home", other.path]);
  provider = (await node("up", "--network", "dev", "--detach")).pubkey;
  await until("the announcement", async () => {
    const { code } = await home.run(submit("--input", "x", "--dry-run"));
    return code === 0;
  });
});
Deno.test.afterAll(async () => {
  try {
    await home.run(["node", "down", "--home", other.path]);
    await other[Symbol.asyncDispose]();
  } finally {
    await home[Symbol.asyncDispose]();
  }
});

for (const more of [[], ["--private"]]) {
  Deno.test(`a job paid by output: each KiB that the buyer received is paid once ${more.join()}`, async () => {
    const plan: Document = await home.json(
      submit("--input", "x", "--bid", "1", "--dry-run", ...more),
    );
    assert.deepEqual([plan.increment_kib, plan.increment_s], [1, null]);
    const { stdout } = await home.run(submit("--input", "x", "--bid", "1", "--dry-run", ...more));
    assert.match(
      stdout,
      /increments of 1 KiB of output, .* each, while it runs: at most .* is at risk at a time/,
    );
    const job: Document = await home.json(submit("--input", "x", "--bid", "1", "--wait", ...more));
    assert.deepEqual([job.status, job.result.content], ["success", CONTENT]);
    const { payment } = job;
    assert.deepEqual(
      [payment.increments, payment.increment_kib, payment.increment_s, payment.received_bytes],
      [OWED, 1, undefined, BYTES],
    );
    assert.equal(payment.max_loss_units, plan.max_loss_units);
    // The rest is the write of the request; the size of a wrap is not always the same.
    const one = BigInt(payment.increment_units);
    const write = BigInt(job.paid_units) - BigInt(OWED) * one;
    assert.ok(write > 0n && write < one, `${job.paid_units} units were paid`);
    if (more.length === 0) assert.equal(String(write), plan.write_units);
    assert.equal((await home.run(["job", "logs", job.job_id])).stdout, CONTENT);
  });
}

Deno.test("job quote, job status and job watch state what an increment buys, and what came", async () => {
  const asked = await home.run([
    ...["job", "quote", "stream", "--input", "x", "--payment", "metered"],
    ...["--output", "json"],
  ]);
  const { quotes }: Document = JSON.parse(asked.stdout);
  assert.deepEqual([quotes[0].increment_kib, quotes[0].increment_s], [1, null]);
  assert.doesNotMatch(asked.stderr, /limit/);
  const bought = await home.run(submit("--input", "x", "--bid", "1", "--wait"));
  assert.match(bought.stderr, /It is paid in up to \d+ increments of 1 KiB of output, .* at risk/);
  const words = new RegExp(`${OWED} of at most \\d+ increments of 1 KiB, .*; ${BYTES} bytes came`);
  assert.match(bought.stdout, words);
  const [, id] = bought.stdout.match(/Job (job-[0-9a-f]+)/) ?? [];
  const watched = await home.run(["job", "watch", id!, "--output", "json"]);
  const [now] = watched.stdout.split("\n").map((line) => line && JSON.parse(line));
  assert.deepEqual(faultsOf("job-change", now), []);
  assert.deepEqual([now.increments, now.received_bytes], [OWED, BYTES]);
});

Deno.test("a job whose output is more than its bid covers: the provider sends one increment more and stops, the buyer pays no more", async () => {
  const plan: Document = await home.json(submit("--input", "x", "--bid", "1", "--dry-run"));
  // The bid is a part of the request, whose size depends on it.
  const bid = BigInt(plan.write_units) + 2n * BigInt(plan.max_loss_units) + 5_000n;
  const ended = await home.run(submit("--input", "x", "--bid", `${bid}units`, "--wait"));
  const [, id] = ended.stderr.match(/^(job-[0-9a-f]+): created$/m) ?? [];
  const told = `${id}: the last increment that its bid covers is paid; `;
  assert.ok(ended.stderr.includes(told), ended.stderr);
  assert.ok(ended.stderr.includes(`'crosstown job top-up ${id} --bid AMOUNT'`));
  const statuses = [...ended.stderr.matchAll(/^job-[0-9a-f]+: (\w+)$/gm)].map(([, word]) => word);
  assert.deepEqual(statuses, [...new Set(statuses)], "a status is told twice");
  const job = await statusOf(id!);
  assert.deepEqual([ended.code, job.status, job.error.code], [1, "error", "increment_unpaid"]);
  assert.equal(job.payment.increments, 2);
  // Also somebody who asks for all of it gets no more.
  const { stdout } = await home.run(["job", "logs", job.job_id]);
  const { received_bytes: received } = (await statusOf(job.job_id)).payment;
  assert.ok(received <= 3 * KIB, `${received} bytes came for two paid KiB`);
  assert.equal(CONTENT.startsWith(stdout.trimEnd()), true);
});

Deno.test("job pause, top-up, resume and cancel of a job that is paid by output", async () => {
  const plan: Document = await home.json(submit("--input", "slow", "--bid", "1", "--dry-run"));
  const write = BigInt(plan.write_units);
  const one = BigInt(plan.max_loss_units);
  const job: Document = await home.json(
    submit("--input", "slow", "--bid", `${write + 2n * one}units`),
  );
  const id = job.job_id;
  const payment = async () => (await statusOf(id)).payment;
  const paused: Document = await home.json(["job", "pause", id]);
  assert.deepEqual(faultsOf("job-meter", paused), []);
  assert.deepEqual([paused.state, paused.increment_kib, paused.increment_s], [
    ...["paused", 1, undefined],
  ]);
  const bid = ["--bid", `${write + 10n * one}units`];
  const topped: Document = await home.json(["job", "top-up", id, ...bid]);
  assert.equal(topped.most_increments, 10);
  await home.json(["job", "resume", id]);
  await until("its second increment", async () => (await payment()).increments >= 2);
  const cancelled: Document = await home.json(["job", "cancel", id]);
  assert.equal(cancelled.status, "cancelled");
  const { increments, received_bytes: received } = await payment();
  assert.ok(received > (increments - 1) * KIB, `${received} bytes came for ${increments} KiB`);
  assert.ok(received <= (increments + 1) * KIB, `${received} bytes came for ${increments} KiB`);
});

Deno.test("a buyer that is killed pays on: its count is on the disk, and the run stands still meanwhile", async () => {
  await home.json(["mayor", "down"]);
  const running = async () => (await home.run(["mayor", "status"])).code === 0;
  const killed = home.start(["mayor", "run"]);
  await until("the daemon", running);
  const job: Document = await home.json(submit("--input", "slow", "--bid", "1"));
  await until("some output", async () => (await statusOf(job.job_id)).payment.received_bytes > 0);
  killed.kill("SIGKILL");
  await killed.ended;
  const { payment: before } = await statusOf(job.job_id);
  const next = home.start(["mayor", "run"]);
  await until("the next daemon", running);
  const done: Document = await home.json(["job", "wait", job.job_id]);
  assert.deepEqual([done.status, done.result.content], ["success", CONTENT]);
  assert.deepEqual([done.payment.increments, done.payment.received_bytes], [OWED, BYTES]);
  assert.ok(before.increments <= OWED && before.received_bytes <= BYTES);
  await home.json(["mayor", "down"]);
  await next.ended;
  await startMayor(home);
});

Deno.test("a provider that is killed starts the run again: what was paid counts for it, and nothing is paid twice", async () => {
  await node("down");
  const up = ["node", "run", "--network", "dev", "--home", other.path];
  const running = async () => (await home.run(["node", "status", "--home", other.path])).code === 0;
  const killed = home.start(up);
  await until("the provider", running);
  // The bid covers two increments, so the run stands still before its end.
  const plan: Document = await home.json(submit("--input", "slow", "--bid", "1", "--dry-run"));
  const bid = BigInt(plan.write_units) + 2n * BigInt(plan.max_loss_units) + 5_000n;
  const job: Document = await home.json(submit("--input", "slow", "--bid", `${bid}units`));
  await until("its second increment", async () => {
    return (await statusOf(job.job_id)).payment.increments === 2;
  });
  killed.kill("SIGKILL");
  await killed.ended;
  const next = home.start(up);
  await until("the next provider", running);
  await home.json(["job", "top-up", job.job_id, "--bid", "1"]);
  const done: Document = await home.json(["job", "wait", job.job_id]);
  assert.deepEqual([done.status, done.result.content], ["success", CONTENT]);
  assert.equal(done.payment.increments, OWED);
  assert.ok(done.payment.received_bytes > BYTES, "the output of the run before came too");
  await node("down");
  await next.ended;
  await node("up", "--network", "dev", "--detach");
});

Deno.test("text-generation is paid by the KiB of its text", async () => {
  const word = `${"word ".repeat(19)}end\n`;
  await using server = modelServer(Array.from({ length: 40 }, () => word));
  for (
    const [key, value] of [
      ["node.model_url", `${server.url}/v1`],
      ["node.model", "tiny"],
    ]
  ) await home.json(["config", "set", key, value, "--home", other.path]);
  await node("down");
  await node("up", "--network", "dev", "--detach");
  const ask = [
    ...["job", "submit", "text-generation", "--input", "Tell me a story", "--bid", "1"],
    ...["--payment", "metered", "--provider", provider],
  ];
  await until("the announcement", async () => (await home.run([...ask, "--dry-run"])).code === 0);
  const job: Document = await home.json([...ask, "--wait"]);
  assert.deepEqual([job.status, job.result.content], ["success", word.repeat(40)]);
  const bytes = 40 * word.length;
  assert.deepEqual(
    [job.payment.increments, job.payment.received_bytes],
    [Math.ceil(bytes / KIB), bytes],
  );
});
