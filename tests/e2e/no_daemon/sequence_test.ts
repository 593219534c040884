import assert from "node:assert/strict";
import { faultsOf } from "../../commands/json_schemas.ts";
import { type Document, spent, until } from "../process.ts";
import { home } from "./no_daemon.ts";

const TWO_STEPS = new URL("../../../fixtures/sequences/two_steps.toml", import.meta.url).pathname;
const CHAIN_KEYS = [
  "sequence_id",
  "name",
  "status",
  "network",
  "budget_units",
  "paid_units",
  "steps",
];

/** Writes a sequence into the home; its path. */
async function sequence(name: string, text: string): Promise<string> {
  const path = `${home.path}/${name}`;
  await Deno.writeTextFile(path, text);
  return path;
}

const echo = (name: string, more: string) =>
  `[[steps]]\nname = "${name}"\ntype = "echo"\n${more}\n`;
const SLOW =
  `[[steps]]\nname = "slow"\ntype = "ci-run"\nparams = { command = "sleep 4; echo 42" }\n`;

Deno.test("job sequence run --wait feeds the second job with the first one's result, and prints what was paid", async () => {
  const before = await spent(home);
  const ran = await home.json(["job", "sequence", "run", TWO_STEPS, "--wait"]);
  assert.deepEqual(CHAIN_KEYS.filter((key) => !(key in ran)), []);
  assert.match(ran.sequence_id, /^sequence-[0-9a-f]{10}$/);
  assert.equal(ran.status, "success");
  assert.deepEqual(
    ran.steps.map(({ name, status, result }: Document) => [name, status, result.content]),
    [["one", "success", "hello"], ["two", "success", "one said: hello"]],
  );
  const after = await spent(home);
  assert.equal(String(after.buyer - before.buyer), ran.paid_units, "the connector's own figure");
  const jobs = ran.steps.map(({ job_id }: Document) => job_id);
  assert.deepEqual((await home.json(["job", "results", jobs[1]])).result, ran.steps[1].result);

  const again = await home.json(["job", "sequence", "run", TWO_STEPS, "--wait"]);
  assert.equal(again.sequence_id, ran.sequence_id, "the same file soon after is the same sequence");
  assert.equal(again.existing, true);
  assert.equal((await spent(home)).buyer, after.buyer, "and pays nothing");

  const { sequences } = await home.json(["job", "sequence", "list"]);
  const listed = sequences.filter(({ sequence_id }: Document) => sequence_id === ran.sequence_id);
  assert.deepEqual(
    listed.map((each: Document) => [each.status, each.steps_ended, each.paid_units]),
    [["success", 2, ran.paid_units]],
  );
  const csv = await home.run(["job", "sequence", "status", ran.sequence_id, "--output", "csv"]);
  const lines = csv.stdout.trimEnd().split("\r\n");
  assert.match(lines[0], /^sequence_id,sequence_status,step,path,status,jobs,job_id/);
  assert.equal(lines.length, 3);
  const text = await home.run(["job", "sequence", "status", ran.sequence_id.slice(0, 9)]);
  assert.match(text.stdout, /two steps\): SUCCESS[\s\S]+one said: hello/);
});

Deno.test("job sequence run refuses what is wrong in a file before it buys anything, and --dry-run buys nothing", async () => {
  const { buyer: before } = await spent(home);
  const { sequences: known } = await home.json(["job", "sequence", "list"]);
  for (
    const [text, code, exit, says] of [
      ["steps = 1", "bad_sequence", 2, /steps must be a list/],
      ["a = ", "config_syntax", 2, /line 1/],
      [echo("a", 'inptu = "x"'), "bad_sequence", 2, /bad\.toml:4: step a: inptu/],
      [echo("a", "") + echo("b", 'input = "{{ steps.c.result }}"'), "bad_sequence", 2, /no step c/],
      [echo("a", 'input_file = "none"'), "input_not_found", 2, /step a: .*none/],
      [echo("a", `input = "${"x".repeat(40_000)}"`), "too_large", 1, /step a: .*32767/],
      [`budget = "0.1"\n${echo("a", 'bid = "0.2"')}`, "bad_sequence", 2, /bids/],
    ] as const
  ) {
    const file = await sequence("bad.toml", text);
    const { error } = await home.json(["job", "sequence", "run", file, "--wait"], { code: exit });
    assert.equal(error.code, code, JSON.stringify(error));
    assert.match(error.message, says);
    assert.ok(error.suggestion.length > 0);
  }
  const plan = await home.json([
    "job",
    "sequence",
    "run",
    TWO_STEPS,
    "--dry-run",
    "--budget",
    "0.3",
  ]);
  assert.deepEqual([plan.dry_run, plan.budget_units, plan.bids_units], [true, "300000", "200000"]);
  const piped = JSON.stringify({ steps: [{ name: "a", type: "echo", bid: "0.1" }] });
  const read = await home.json(["job", "sequence", "run", "-", "--dry-run"], { stdin: piped });
  assert.equal(read.bids_units, "100000");
  const small = ["job", "sequence", "run", TWO_STEPS, "--dry-run", "--budget", "0.1"];
  assert.equal((await home.json(small, { code: 2 })).error.code, "bad_sequence");
  for (const what of ["status", "wait", "cancel"]) {
    const unknown = await home.json(["job", "sequence", what, "sequence-zz"], { code: 1 });
    assert.equal(unknown.error.code, "not_found");
  }
  assert.deepEqual((await home.json(["job", "sequence", "list"])).sequences, known);
  assert.equal((await spent(home)).buyer, before);
});

Deno.test("job sequence run exits 1 when a step fails, after its failure path has run", async () => {
  const file = await sequence(
    "fails.json",
    JSON.stringify({
      steps: [
        { name: "build", type: "ci-run", params: { command: "echo broken; exit 3" }, retries: 2 },
        { name: "never", type: "echo" },
      ],
      failure: [{ name: "tell", type: "echo", input: "{{ steps.build.result.exit_code }}" }],
    }),
  );
  const ran = await home.json(["job", "sequence", "run", file, "--wait"], { code: 1 });
  assert.equal(ran.status, "compensated");
  assert.equal(ran.error.code, "exit_code");
  assert.deepEqual(
    ran.steps.map(({ name, status, jobs }: Document) => [name, status, jobs.length]),
    [["build", "failed", 1], ["never", "skipped", 0], ["tell", "success", 1]],
  );
  assert.equal(ran.steps[2].result.content, "3");
});

Deno.test("a sequence whose command is killed continues where it was, and pays for each step once", async () => {
  const text = SLOW + echo("tell", 'input = "{{ steps.slow.result.log }}"');
  const file = await sequence("slow.toml", text);
  const { buyer: before } = await spent(home);
  const first = home.start(["job", "sequence", "run", file, "--wait"]);
  const [, id] = await first.seen(/(sequence-[0-9a-f]{10}): created/);
  await first.seen(/slow: running \(job-/);
  first.kill("SIGKILL");
  await first.ended;
  const ran = await home.json(["job", "sequence", "wait", id]);
  assert.equal(ran.status, "success");
  assert.deepEqual(ran.steps.map(({ jobs }: Document) => jobs.length), [1, 1]);
  assert.equal(ran.steps[1].result.content, "42\n");
  assert.equal(String((await spent(home)).buyer - before), ran.paid_units);
});

Deno.test("a daemon takes sequences over, continues with them, and gives one up that is cancelled", async () => {
  try {
    await home.json(["mayor", "up", "--detach"]);
    const file = await sequence(
      "daemon.toml",
      SLOW.replace("42", "43") + echo("tell", 'input = "x"'),
    );
    const taken = await home.json(["job", "sequence", "run", file]);
    assert.equal(taken.status, "running");
    const long = await sequence("long.toml", SLOW.replace("sleep 4", "sleep 290"));
    const [ended, given] = await Promise.all([
      home.json(["job", "sequence", "wait", taken.sequence_id]),
      (async () => {
        const { sequence_id: id } = await home.json(["job", "sequence", "run", long]);
        assert.equal((await home.json(["job", "sequence", "run", long])).sequence_id, id);
        await until("its first job", async () => {
          const { steps } = await home.json(["job", "sequence", "status", id]);
          return steps[0].jobs.length > 0;
        });
        const plan = await home.json(["job", "sequence", "cancel", id, "--dry-run"]);
        assert.deepEqual([plan.dry_run, plan.status, plan.sequence_id], [true, "running", id]);
        assert.deepEqual(faultsOf("sequence", plan), []);
        return await home.json(["job", "sequence", "cancel", id]);
      })(),
    ]);
    assert.equal(ended.status, "success");
    assert.deepEqual([given.status, given.steps[0].jobs[0].status], ["cancelled", "cancelled"]);
    const over = await home.json(["job", "sequence", "cancel", given.sequence_id], { code: 1 });
    assert.equal(over.error.code, "sequence_over");
    const late = ["job", "sequence", "cancel", given.sequence_id, "--dry-run"];
    assert.equal((await home.json(late, { code: 1 })).error.code, "sequence_over");
  } finally {
    // After a failure, other tests need the home without a daemon.
    await home.run(["mayor", "down"]);
  }
});

Deno.test("a step of a sequence is paid on delivery, by a provider that meets its requirement", async () => {
  const path = await sequence(
    "delivered.toml",
    echo("one", 'input = "hi"\npayment = "on-delivery"\nrequire = "cpu>=1"\nprefer = "history"'),
  );
  const ran = await home.json(["job", "sequence", "run", path, "--wait"]);
  assert.deepEqual([ran.status, ran.steps[0].result.content], ["success", "hi"]);
  const { payment } = await home.json(["job", "status", ran.steps[0].job_id]);
  assert.equal(payment.mode, "on-delivery");

  const none = await sequence("none.toml", echo("one", 'input = "hi"\nrequire = "cpu>=100K"'));
  const failed = await home.json(["job", "sequence", "run", none, "--wait"], { code: 1 });
  assert.equal(failed.steps[0].error.code, "no_provider");
});
