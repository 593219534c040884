import assert from "node:assert/strict";
import { killTogether } from "./alive.ts";
import { bundleOf } from "./bundle.ts";
import { devHome, type Document, spent, until } from "./process.ts";
import { approveSkill, writeSkill } from "../skills/skill_files.ts";
import { withTime } from "../with_time.ts";

type Home = Awaited<ReturnType<typeof devHome>>;

/** One network for the tests that do not change it. */
let home: Home;
Deno.test.beforeAll(async () => void (home = await devHome()));
Deno.test.afterAll(async () => await home[Symbol.asyncDispose]());

/** A job that takes some seconds. */
async function submitSlow(home: Home, seconds: number, ...more: string[]): Promise<string[]> {
  // The same order would be the same job.
  const { bundle } = await bundleOf(home.path, { "a.txt": crypto.randomUUID() });
  return [
    "job",
    "submit",
    "ci-run",
    "--input",
    bundle,
    "--param",
    `command=sleep ${seconds}; echo done`,
    ...more,
  ];
}

/** Checks that the slow job succeeded with its log. */
function checkDone(job: Document) {
  assert.equal(job.status, "success", JSON.stringify(job));
  assert.equal(job.result.log, "done\n");
}

Deno.test("many commands at once, with and without a mayor, each get their own result", async () => {
  const count = async () => (await home.json(["job", "list", "--limit", "1000"])).jobs.length;
  const [before, jobsBefore] = [await spent(home), await count()];
  let paid = 0n;
  try {
    for (const mayor of [false, true]) {
      if (mayor) assert.equal((await home.json(["mayor", "up", "--detach"])).role, "mayor");
      const texts = Array.from({ length: 8 }, (_, i) => `${mayor} ${i}`);
      const jobs = await Promise.all(
        texts.map((text) => home.json(["job", "submit", "echo", "--input", text, "--wait"])),
      );
      assert.deepEqual(jobs.map(({ result }: Document) => result.content), texts);
      paid += jobs.reduce((sum: bigint, job: Document) => sum + BigInt(job.paid_units), 0n);
    }
    assert.equal((await spent(home)).buyer - before.buyer, paid, "each is paid once");
    const posted = await home.json(["job", "submit", "echo", "--input", "later"]);
    assert.equal((await home.json(["job", "wait", posted.job_id])).result.content, "later");
    assert.equal((await home.json(["mayor", "status"])).state, "up");
    assert.deepEqual(await home.json(["mayor", "down"]), { schema: "stopped/1", stopped: true });
  } finally {
    // After a failure, other tests need the home without a daemon.
    await home.run(["mayor", "down"]);
  }
  assert.equal((await home.json(["mayor", "status"], { code: 1 })).error.code, "not_up");
  assert.equal(await count() - jobsBefore, 17);
});

Deno.test("a buyer killed between posting and result finds it with job wait, paid once", async () => {
  const before = await spent(home);
  const buyer = home.start(await submitSlow(home, 2, "--wait"));
  const [, id] = await buyer.seen(/(job-[0-9a-f]+): (?:paid|processing)/);
  buyer.kill("SIGKILL");
  await buyer.ended;
  const job = await home.json(["job", "wait", id]);
  checkDone(job);
  assert.equal(String((await spent(home)).buyer - before.buyer), job.paid_units);
});

Deno.test("a mayor killed while a command waits for it: the command brings its job to its end, paid once", async () => {
  const before = await spent(home);
  const mayor = home.start(["mayor", "run"]);
  await until("the mayor", async () => (await home.run(["mayor", "status"])).code === 0 || null);
  const buyer = home.start(await submitSlow(home, 2, "--wait"));
  const [, id] = await buyer.seen(/(job-[0-9a-f]+): (?:paid|processing)/);
  mayor.kill("SIGKILL");
  await mayor.ended;
  const { code, stderr } = await buyer.ended;
  assert.equal(code, 0, stderr);
  const job = await home.json(["job", "results", id]);
  checkDone(job);
  assert.equal(String((await spent(home)).buyer - before.buyer), job.paid_units);
});

Deno.test("job submit --wait interrupted by SIGINT exits 130, and the job continues", async () => {
  let before = await spent(home);
  const { id, code, stderr } = await withTime([2, 20, 60], async (seconds) => {
    before = await spent(home);
    const buyer = home.start(await submitSlow(home, seconds, "--wait"));
    const [, id] = await buyer.seen(/(job-[0-9a-f]+): (?:paid|processing)/);
    // One Ctrl-C under `deno task`: the terminal signals both processes, and the task passes on its own signal.
    for (let times = 0; times < 2; times++) buyer.kill("SIGINT");
    return { id, ...await buyer.ended };
    // Else its job had ended before.
  }, ({ code }) => code !== 0);
  assert.equal(code, 130, stderr);
  assert.match(stderr, new RegExp(`Error: Interrupted by SIGINT; job ${id} continues\n`));
  assert.match(stderr, new RegExp(`job status ${id}' .*job cancel ${id}'`));
  const job = await home.json(["job", "wait", id]);
  checkDone(job);
  assert.equal(String((await spent(home)).buyer - before.buyer), job.paid_units);
});

Deno.test("without the network, local commands work and say so, and no payment stays half done", async () => {
  await using home = await devHome();
  const done = await home.json(["job", "submit", "echo", "--input", "a", "--wait"]);
  const open = await home.json(await submitSlow(home, 2));
  killTogether(await home.processes());
  await until("the network's end", async () => (await home.processes()).length === 0);
  const list = await home.run(["job", "list"]);
  assert.equal(list.code, 0, list.stderr);
  assert.match(list.stdout, new RegExp(open.job_id));
  assert.match(list.stderr, /does not answer|not brought up to date/);
  assert.equal((await home.json(["job", "status", done.job_id])).status, "success");
  assert.equal((await home.json(["job", "results", done.job_id])).result.content, "a");
  const { error } = await home.json(["job", "submit", "echo", "--input", "b", "--wait"], {
    code: 1,
  });
  assert.match(error.message, /does not answer|unreachable|offline/);
  assert.equal((await home.json(["job", "list"])).jobs.length, 2);
  assert.equal((await home.run(["doctor"])).code, 1);
});

Deno.test("a callback skill is given the result as it came", async () => {
  const folder = `${home.path}/skills/callback`;
  await writeSkill(
    folder,
    'kinds = [6600]\n[run]\nrunner = "command"\n' +
      'command = ["sh", "-c", "cat > given.bytes; wc -c < given.bytes"]\n',
  );
  await approveSkill(home.path, folder);
  const args = ["job", "submit", "echo", "--input", "call me", "--callback", "callback", "--wait"];
  const job = await home.json(args);
  assert.equal(job.result.content, "call me");
  const { skill, state, tries } = job.callback;
  assert.deepEqual({ skill, state, tries }, { skill: "callback", state: "done", tries: 1 });
});

Deno.test("a provider killed in the middle of a job runs it again; one result, paid once", async () => {
  const before = await spent(home);
  const buyer = home.start([...await submitSlow(home, 10, "--wait"), "--output", "json"]);
  // Long enough to be seen at work on a machine that is busy.
  const provider = await until("the job at its provider", async () => {
    const { jobs } = await home.json(["job", "list", "--role", "provider"], {
      home: `${home.path}/dev/provider`,
    });
    if (!jobs.some(({ status }: Document) => status === "processing")) return null;
    return await home.json(["node", "status"], { home: `${home.path}/dev/provider` });
  });
  Deno.kill(provider.pid, "SIGKILL");
  const { code, stdout } = await buyer.ended;
  assert.equal(code, 0, stdout);
  const job = JSON.parse(stdout);
  checkDone(job);
  assert.equal(String((await spent(home)).buyer - before.buyer), job.paid_units);
});
