/** What becomes of a job: callbacks, lists, time limits, cancelling, and other mayors and homes beside it. */
import assert from "node:assert/strict";
import { processesOf } from "../alive.ts";
import { bundleOf } from "../bundle.ts";
import { devHome, type Document, network, spent, testHome, until, untilNone } from "../process.ts";
import { approveSkill, writeSkill } from "../../skills/skill_files.ts";
import { home, made } from "./market_home.ts";

/** Ended jobs of this test itself: no test depends on what another one bought. */
async function bought(count: number): Promise<readonly Document[]> {
  const jobs: Document[] = [];
  while (jobs.length < count) {
    jobs.push(
      await home.json(["job", "submit", "echo", "--input", crypto.randomUUID(), "--wait"]),
    );
  }
  return jobs;
}

Deno.test("job submit --callback refuses a skill that is not there, and tries one that fails again; job callback calls it once more", async () => {
  const count = (await home.json(["job", "list"])).jobs.length;
  const submit = ["job", "submit", "echo", "--input", "call me", "--callback"];
  const { error } = await home.json([...submit, "nobody", "--wait"], { code: 2 });
  assert.equal(error.code, "unknown_skill");
  assert.match(error.suggestion, /echo, ci-run/);
  assert.equal((await home.json(["job", "list"])).jobs.length, count);

  const folder = `${home.path}/skills/teller`;
  await writeSkill(
    folder,
    `kinds = []\n[run]\nrunner = "command"\ncommand = ["./run.sh"]\nsandbox = false\n`,
  );
  // The callback succeeds only the second time.
  const script = `#!/bin/sh\nset -eu\ncat > ${home.path}/said\n` +
    `grep -q 'kind: 6600\\|"kind":6600' ${home.path}/said || exit 0\n` +
    `echo call >> ${home.path}/calls\ntest $(wc -l < ${home.path}/calls) -gt 1\n`;
  await Deno.writeTextFile(`${folder}/run.sh`, script, { mode: 0o755 });
  const unapproved = await home.json([...submit, "teller", "--wait"], { code: 2 });
  assert.match(unapproved.error.message, /teller is new: 'crosstown skill approve teller'/);
  await approveSkill(home.path, folder);
  const calls = async () => (await Deno.readTextFile(`${home.path}/calls`)).split("\n").length - 1;
  const job = await home.json([...submit, "teller", "--wait"]);
  assert.equal(job.status, "success");
  assert.deepEqual([job.callback.skill, job.callback.state, job.callback.tries], [
    "teller",
    "done",
    2,
  ]);
  assert.equal(await calls(), 2);
  assert.match(await Deno.readTextFile(`${home.path}/said`), new RegExp(job.result.event_id));
  const again = await home.json(["job", "callback", job.job_id]);
  assert.deepEqual([again.callback.state, await calls()], ["done", 3]);
  await Deno.writeTextFile(`${folder}/run.sh`, "#!/bin/sh\nexit 7\n", { mode: 0o755 });
  await approveSkill(home.path, folder);
  const failed = await home.run(["job", "callback", job.job_id]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^TESTNET dev/);
  assert.match(failed.stderr, /^Error: the skill teller failed: teller exited 7/m);
  assert.match(failed.stderr, /^Suggestion: .*'crosstown job callback job-/m);
  const plain = await home.json(["job", "submit", "echo", "--input", "no callback", "--wait"]);
  assert.equal(plain.callback, null);
  const none = await home.json(["job", "callback", plain.job_id], { code: 1 });
  assert.equal(none.error.code, "no_callback");
});

Deno.test("job submit --callback ci-status and save-artifacts leave a check run, the exit code, and the event as it came", async () => {
  const command = "echo 1..2; echo ok 1; echo not ok 2; exit 3";
  const { bundle } = await bundleOf(home.path, { "test.sh": `${command}\n` });
  const files = async (callback: string, names: readonly string[]) => {
    const job = await home.json([
      ...["job", "submit", "ci-run", "--input", bundle, "--param", "command=sh test.sh"],
      ...["--callback", callback, "--wait"],
    ], { code: 1 });
    assert.deepEqual([job.callback.state, job.callback.error], ["done", null]);
    const folder = `${home.path}/hooks/mayor-001/artifacts/${job.job_id}`;
    const texts = names.map((name) => Deno.readTextFile(`${folder}/${name}`));
    return { job, texts: await Promise.all(texts) };
  };
  const status = await files("ci-status", ["check-run.json", "exit-code"]);
  const check = JSON.parse(status.texts[0]);
  assert.deepEqual([check.status, check.conclusion, check.external_id], [
    "completed",
    "failure",
    status.job.job_id,
  ]);
  assert.match(check.head_sha, /^[0-9a-f]{40}$/);
  assert.match(check.output.text, /^not ok 2$/m);
  assert.equal(status.texts[1], "3\n");
  const saved = await files("save-artifacts", [
    // As the wire's relay hands it on.
    network.wire === "interledger" ? "event.json" : "event.toon",
    "result.json",
    "log.txt",
  ]);
  assert.ok(saved.texts[0].includes(saved.job.result.event_id));
  assert.equal(JSON.parse(saved.texts[1]).exit_code, 3);
  assert.match(saved.texts[2], /^not ok 2$/m);
});

Deno.test("job status, results, wait and cancel take prefixes and refuse unknown and ambiguous ids", async () => {
  const [job] = await bought(2);
  for (const id of [job.job_id.slice(0, 10), job.event_id, job.event_id.slice(0, 9)]) {
    for (const what of ["status", "results", "wait"]) {
      assert.equal((await home.json(["job", what, id])).job_id, job.job_id);
    }
  }
  for (const what of ["status", "results", "wait", "cancel"]) {
    const unknown = await home.json(["job", what, "job-zzzzzzz"], { code: 1 });
    assert.equal(unknown.error.code, "not_found");
    assert.equal((await home.json(["job", what, "job-"], { code: 1 })).error.code, "ambiguous");
    assert.equal((await home.json(["job", what], { code: 2 })).error.code, "usage");
  }
  const over = await home.json(["job", "cancel", job.job_id], { code: 1 });
  assert.equal(over.error.code, "job_over");
  const [, line] = /'crosstown ([^']+)'/.exec(over.error.suggestion)!;
  assert.equal((await home.json(line.split(" "))).job_id, job.job_id, "what is suggested works");
});

Deno.test("job list filters and prints JSON, CSV and text", async () => {
  const ids = (await bought(2)).map(({ job_id }) => job_id);
  const { jobs } = await home.json(["job", "list", "--status", "success", "--limit", "2"]);
  assert.deepEqual(jobs.map(({ job_id }: Document) => job_id), ids.toReversed(), "newest first");
  const csv = await home.run([
    "job",
    "list",
    "--status",
    "success",
    "--limit",
    "2",
    "--output",
    "csv",
  ]);
  const lines = csv.stdout.split("\r\n");
  assert.equal(lines[0], Object.keys(jobs[0]).join(","));
  assert.equal(lines.length, 4);
  const text = await home.run(["job", "list", "--limit", "1"]);
  assert.match(text.stdout, /^JOB +ROLE +TYPE +STATUS/);
  assert.equal(
    (await home.json(["job", "list", "--status", "done"], { code: 2 })).error.code,
    "usage",
  );
});

Deno.test("job submit --timeout ends a job whose command takes longer, with exit 1", async () => {
  const job = await home.json(
    [
      ...["job", "submit", "ci-run", "--input", made.bundle],
      ...["--param", "command=sleep 290", "--timeout", "15", "--wait"],
    ],
    { code: 1 },
  );
  assert.ok(["timeout", "error"].includes(job.status), job.status);
  assert.equal(job.error.code, "timeout");
  assert.ok(job.elapsed_ms >= 2_000 && job.elapsed_ms < 200_000, `${job.elapsed_ms}`);
});

Deno.test("job cancel stops the run at the provider, says what is lost, and job list says so", async () => {
  const provider = `${home.path}/dev/provider`;
  const mark = crypto.randomUUID();
  const job = await home.json([
    ...["job", "submit", "ci-run", "--input", made.bundle],
    ...["--param", `command=sleep 290; echo ${mark}`],
  ]);
  const atProvider = () => home.json(["job", "status", job.job_id, "--home", provider]);
  await until("the run", async () => (await processesOf(mark)).length > 0);
  const plan = await home.json(["job", "cancel", job.job_id, "--dry-run"]);
  const said = await home.run(["job", "cancel", job.job_id, "--dry-run"]);
  assert.match(said.stdout, /costs +at most 0\.00\d+ M2M, for the write that tells the provider/);
  const cancelled = await home.json(["job", "cancel", job.job_id]);
  assert.deepEqual([cancelled.status, cancelled.provider_told], ["cancelled", "told"]);
  const deletion = BigInt(cancelled.lost.write_units) - BigInt(plan.lost.write_units);
  assert.ok(deletion > 0n && deletion <= BigInt(plan.cancel_units), plan.cancel_units);
  assert.ok(BigInt(plan.cancel_units) < deletion * 11n / 10n, "and not much more");
  assert.equal(cancelled.lost.job_units, job.paid.job_units);
  assert.ok(BigInt(cancelled.lost.write_units) > BigInt(job.paid.write_units), "and its deletion");
  const stopped = await until("the provider to stop it", async () => {
    const found = await atProvider();
    return found.status === "cancelled" && found;
  });
  assert.equal(job.paid.job_units, "100000");
  assert.match(stopped.error.message, /; 0\.10 M2M were paid for it/);
  assert.deepEqual(await untilNone(() => processesOf(mark)), [], "the run has ended");
  const { jobs } = await home.json(["job", "list", "--status", "cancelled"]);
  assert.ok(jobs.some(({ job_id }: Document) => job_id === job.job_id));
  await home.json(["job", "results", job.job_id], { code: 1 });
  // Beside the daemon of a provider the place is free again: its jobs are bought as before.
  assert.equal(
    (await home.json(["job", "submit", "echo", "--input", "on", "--wait"])).status,
    "success",
  );
});

Deno.test("a second mayor on the same wallet is stopped before it pays, and the first continues", async () => {
  await home.json(["job", "submit", "echo", "--input", "first", "--wait"]);
  // The provider may still be publishing results of earlier tests.
  const { buyer: before } = await spent(home);
  const second = await home.json(
    ["job", "submit", "echo", "--input", "b", "--mayor", "mayor-002"],
    {
      code: 1,
    },
  );
  assert.equal(second.error.code, "second_mayor");
  assert.match(second.error.suggestion, /use --mayor mayor-001/);
  const left = await Deno.lstat(`${home.path}/hooks/mayor-002`).catch(() => null);
  assert.equal(left, null, "nothing of the second one is made");
  assert.equal((await spent(home)).buyer, before);
  const first = await home.json(["job", "submit", "echo", "--input", "a", "--wait"]);
  assert.equal(first.result.content, "a");
});

Deno.test("two homes do not disturb each other", async () => {
  await using bare = await testHome();
  assert.deepEqual(await bare.json(["job", "list"]), { schema: "job-list/1", jobs: [] });
  const refused = await bare.json(["job", "submit", "echo", "--input", "a"], { code: 1 });
  assert.equal(refused.error.code, "no_wallet");
  await using other = await devHome();
  const [mine, theirs] = await Promise.all(
    [home, other].map((each) =>
      each.json(["job", "submit", "echo", "--input", `home ${each.path}`, "--wait"])
    ),
  );
  assert.equal(mine.result.content, `home ${home.path}`);
  assert.equal(theirs.result.content, `home ${other.path}`);
  assert.equal(String((await spent(other)).buyer), theirs.paid_units);
  const { jobs } = await other.json(["job", "list"]);
  assert.deepEqual(jobs.map(({ job_id }: Document) => job_id), [theirs.job_id]);
});
