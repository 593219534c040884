/** A buyer gets the output of a job while it runs: over the real network, in order, once. */
import assert from "node:assert/strict";
import { devLayout } from "../../../network/dev/layout.ts";
import { approveSkill, writeSkill } from "../../skills/skill_files.ts";
import { type Document, until } from "../process.ts";
import { openState } from "../state_db.ts";
import { home } from "./one_home.ts";

const PROJECT = new URL("../../../fixtures/projects/greeting", import.meta.url).pathname;

const ciRun = (command: string) => [
  ...["job", "submit", "ci-run", "--input", PROJECT],
  ...["--param", `command=${command}`, "--again"],
];

/** Runs until it is cancelled. */
const UNENDING = "echo first; while true; do sleep 0.2; done";

Deno.test("job logs --follow shows what a running job printed, and its end when it is cancelled", async () => {
  const job: Document = await home.json(ciRun(UNENDING));
  const log = await until("its first line", async () => {
    const { stdout } = await home.run(["job", "logs", job.job_id]);
    return stdout.includes("first") ? stdout : false;
  });
  assert.equal(log, "first\n");
  const follow = ["job", "logs", job.job_id, "--follow", "--output", "json"];
  const follows = home.start(follow);
  await follows.seen(/first/);
  // The command that follows the log serves its home, so it also does a purchase and a deletion for other commands.
  const bought: Document = await home.json([...ciRun("echo beside"), "--wait"]);
  assert.deepEqual([bought.status, bought.result.log], ["success", "beside\n"]);
  const cancelled = await home.json(["job", "cancel", job.job_id], { code: 0 });
  assert.equal(cancelled.provider_told, "told");
  const { stdout, code } = await follows.ended;
  assert.equal(code, 0);
  assert.deepEqual(stdout.trim().split("\n").map((line) => JSON.parse(line)), [
    { schema: "job-log/1", offset: 0, text: "first\n" },
  ]);
});

Deno.test("job submit --wait shows a long log once and whole, whatever part of it came live", async () => {
  const command = "for i in $(seq 1 400); do echo line $i; done; sleep 3; " +
    "for i in $(seq 401 800); do echo line $i; done; printf '\\033[2Jend'";
  const { stdout, code } = await home.run([...ciRun(command), "--wait"]);
  assert.equal(code, 0);
  const lines = stdout.split("\n");
  const expected = Array.from({ length: 800 }, (_, i) => `line ${i + 1}`);
  assert.deepEqual(lines.slice(0, 800), expected);
  assert.equal(lines[800], "\\u001b[2Jend");
  assert.equal(lines.filter((line) => line.startsWith("line ")).length, 800);
  assert.match(stdout, /SUCCESS/);
});

Deno.test("job logs of a job that is over shows its whole log, and refuses a job that is not there", async () => {
  const job: Document = await home.json([...ciRun("echo quick"), "--wait"]);
  assert.equal((await home.run(["job", "logs", job.job_id])).stdout, "quick\n");
  const silent: Document = await home.json([...ciRun("true"), "--wait"]);
  const nothing = await home.run(["job", "logs", silent.job_id]);
  assert.deepEqual([nothing.code, nothing.stdout], [0, ""]);
  assert.match(nothing.stderr, new RegExp(`^${silent.job_id} has printed nothing$`, "m"));
  const none = await home.json(["job", "logs", "job-0000000"], { code: 1 });
  assert.equal(none.error.code, "not_found");
});

Deno.test("job submit --wait shows what a skill's command prints while it runs, and its result once", async () => {
  const provider = devLayout(home.path).providerHome;
  const folder = `${provider}/skills/counting`;
  const script =
    "#!/bin/sh\necho first\nwhile [ ! -e go ] && [ $((i += 1)) -lt 30 ]; do sleep 0.1; done\necho last\n";
  await writeSkill(
    folder,
    'kinds = [5651]\n[price]\npayment = "free"\n[run]\nrunner = "command"\ncommand = ["./run.sh"]\n',
    { "run.sh": script },
  );
  await approveSkill(provider, folder);
  const submit = ["job", "submit", "counting", "--kind", "5651", "--input", "x"];
  const sold = async () => (await home.run([...submit, "--dry-run"])).code === 0;
  try {
    await until("the skill to be announced", sold);
    const job: Document = await home.json([...submit, "--again"]);
    await until("its first line", async () => {
      const { stdout } = await home.run(["job", "logs", job.job_id]);
      return stdout.startsWith("first\n");
    });
    const { stdout, code } = await home.run([...submit, "--again", "--wait"]);
    assert.equal(code, 0);
    assert.match(stdout, /^first\nlast\n\nJob job-/);
  } finally {
    await home.json(["skill", "remove", "counting", "--home", provider]);
    await until("its end", async () => !await sold());
  }
});

Deno.test("job rerun buys the same again and job history says what happened to each", async () => {
  const first: Document = await home.json([
    ...[...ciRun("cat test.sh"), "--require", "cpu>=1", "--wait"],
  ]);
  assert.equal(first.status, "success");
  const again: Document = await home.json(["job", "rerun", first.job_id, "--wait"]);
  assert.notEqual(again.job_id, first.job_id);
  using own = openState(home);
  const kept = own.prepare("SELECT requirements FROM job_requirements WHERE job_id = ?");
  const wanted = kept.get(again.job_id)?.requirements;
  assert.equal(wanted, '[{"field":"cpu","least":1}]', "its provider must meet the same");
  own.prepare("UPDATE job_requirements SET requirements = ? WHERE job_id = ?")
    .run('[{"field":"cpu","least":100000}]', again.job_id);
  const { error }: Document = await home.json(["job", "rerun", again.job_id], { code: 1 });
  assert.equal(error.code, "no_provider");
  // Each option of the choice replaces what the job had before.
  for (const given of [["--require", "cpu>=1"], ["--require", ""]]) {
    const dry: Document = await home.json(["job", "rerun", again.job_id, ...given, "--dry-run"]);
    assert.equal(dry.provider, first.provider, given.join(" "));
  }
  const metered: Document = await home.json([
    ...["job", "rerun", again.job_id, "--require", "", "--payment", "metered", "--dry-run"],
  ]);
  assert.ok(metered.increments > 0, JSON.stringify(metered));
  const foreign = ["--require", "", "--platform", "plan9/mips"];
  const none: Document = await home.json(["job", "rerun", again.job_id, ...foreign], { code: 1 });
  assert.equal(none.error.code, "no_provider");
  const text = await Deno.readTextFile(`${PROJECT}/test.sh`);
  assert.deepEqual([again.type, again.status, again.result.log], ["ci-run", "success", text]);
  // The usage of the run, as the provider states it in the result.
  assert.ok(again.usage.wall_ms > 0, JSON.stringify(again.usage));
  assert.equal(again.usage.output_bytes, text.length);
  const { events }: Document = await home.json(["job", "history", again.job_id]);
  const told = events.map(({ what, outcome }: Document) => `${what} ${outcome}`);
  const paid = told.filter((each: string) => each === "payment fulfilled");
  assert.equal(paid.length, 2);
  assert.deepEqual(told.filter((each: string) => each.startsWith("job ")).slice(0, 3), [
    "job created",
    "job posted",
    "job paid",
  ]);
  assert.equal(told.at(-1), "job success");
});
