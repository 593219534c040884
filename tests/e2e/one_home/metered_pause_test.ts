/** A metered job that its buyer pauses, lets go on and tops up, over the real network: private and open. */
import assert from "node:assert/strict";
import { faultsOf } from "../../commands/json_schemas.ts";
import { Agent, type Message } from "../mcp_agent.ts";
import { type Document, until } from "../process.ts";
import { home } from "./one_home.ts";

const COMMAND = "i=0; while [ $i -lt 40 ]; do echo tick $i; sleep 0.5; i=$((i + 1)); done";

/** A folder to send. It is removed in the end. */
async function madeProject(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  await Deno.writeTextFile(`${path}/a.txt`, "a\n");
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const ticks = async (id: string): Promise<number> =>
  (await home.run(["job", "logs", id])).stdout.split("\n").filter((line) => line !== "").length;

for (const more of [[], ["--private"]]) {
  Deno.test(`job pause, top-up and resume of a metered job: it stands still, and then ends ${more.join()}`, async () => {
    await using project = await madeProject();
    const submit = [
      ...["job", "submit", "ci-run", "--input", project.path, "--param", `command=${COMMAND}`],
      ...["--payment", "metered", "--again", ...more],
    ];
    const plan: Document = await home.json([...submit, "--dry-run"]);
    // The bid covers one increment, and the run begins a second one.
    const units = BigInt(plan.write_units) + BigInt(plan.max_loss_units);
    let id = "";
    /** Whether its provider was told before the run ended by itself, which it does on a machine that is busy. */
    const pausedInTime = async (): Promise<boolean> => {
      const job: Document = await home.json([...submit, "--bid", `${units + 5_000n}units`]);
      id = job.job_id;
      assert.equal(job.payment.most_increments, 1);
      await until("its first lines", async () => await ticks(id) > 0);
      const pause = async (...flags: string[]): Promise<Document> => {
        const { stdout } = await home.run(["job", "pause", id, ...flags, "--output", "json"]);
        return JSON.parse(stdout);
      };
      const dry = await pause("--dry-run");
      if (dry.error?.code === "job_over") return false;
      assert.deepEqual([dry.dry_run, dry.state, dry.provider_told], [true, "paused", null]);
      const paused = await pause();
      if (paused.error?.code === "job_over") return false;
      assert.deepEqual(faultsOf("job-meter", paused), []);
      assert.deepEqual([paused.state, paused.increments, paused.most_increments], ["paused", 1, 1]);
      const told = await until("its provider's word", async () => {
        const again = await pause();
        return (again.provider_told === "told" || again.error !== undefined) && again;
      });
      return told.error === undefined && await ticks(id) < 40;
    };
    for (let tries = 1; !await pausedInTime(); tries++) assert.ok(tries < 4, "it was paused");
    assert.equal((await home.json(["job", "status", id])).payment.paused, true);
    // Its log ends where its processes stand still.
    let seen = -1;
    await until("its standstill", async () => {
      const before = seen;
      seen = await ticks(id);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return seen === before;
    });
    assert.ok(seen < 40, "it did not end by itself");

    const low: Document = await home.json(["job", "top-up", id, "--bid", "1units"], { code: 1 });
    assert.equal(low.error.code, "bid_too_low");
    // No bid pays for more run time than the job has until its time limit.
    const high: Document = await home.json(["job", "top-up", id, "--bid", "9", "--dry-run"]);
    assert.ok(high.most_increments <= 300 / 15 + 1);
    const bid = [
      "--bid",
      `${BigInt(plan.write_units) * 2n + BigInt(plan.max_loss_units) * 4n}units`,
    ];
    const would: Document = await home.json(["job", "top-up", id, ...bid, "--dry-run"]);
    assert.ok(would.most_increments >= 4);
    const status: Document = await home.json(["job", "status", id]);
    assert.equal(status.payment.most_increments, 1, "a dry run changes nothing");
    const topped: Document = await home.json(["job", "top-up", id, ...bid]);
    assert.equal(topped.most_increments, would.most_increments);
    assert.equal(await ticks(id), seen);

    const resumed: Document = await home.json(["job", "resume", id]);
    assert.equal(resumed.state, "running");
    const done: Document = await home.json(["job", "wait", id]);
    assert.deepEqual([done.status, done.payment.paused], ["success", false]);
    assert.match(done.result.log, /tick 39\n$/);
    assert.ok(done.payment.increments >= 2 && done.payment.increments <= topped.most_increments);
    const over: Document = await home.json(["job", "pause", id], { code: 1 });
    assert.equal(over.error.code, "job_over");
  });
}

Deno.test("an agent pauses, tops up and resumes a metered job over MCP, and a person is asked above an amount", async () => {
  await using project = await madeProject();
  await using agent = new Agent([
    ...["--home", home.path, "--network", "dev", "--share", project.path],
    ...["--max-job", "0.3", "--max-total", "0.5", "--ask-above", "0.2"],
  ]);
  await agent.hello({ elicitation: { form: {} } });
  const asked: string[] = [];
  let approve = false;
  agent.answers = ({ params }: Message) => {
    asked.push(String(params?.message));
    return approve ? { action: "accept", content: { approve } } : { action: "decline" };
  };
  const order = {
    ...{ type: "ci-run", path: project.path, payment: "metered", key: "metered over mcp" },
    params: { command: COMMAND },
  };
  const plan = (await agent.tool("quote_job", { ...order, bid: "0.2" })).document;
  const units = BigInt(String(plan.write_units)) + BigInt(String(plan.max_loss_units));
  const job =
    (await agent.tool("submit_job", { ...order, bid: `${units + 5_000n}units` })).document;
  const job_id = String(job.job_id);
  await until("its first lines", async () => await ticks(job_id) > 0);
  const paused = await agent.tool("pause_job", { job_id });
  assert.equal(paused.document.state, "paused", paused.text);

  const topUp = (bid: string) => agent.tool("top_up_job", { job_id, bid });
  assert.equal((await topUp("0.4")).code, "above_ceiling");
  assert.deepEqual(asked, []);
  const declined = await topUp("0.25");
  assert.equal(declined.code, "not_approved", declined.text);
  assert.equal(asked.length, 1);
  assert.match(
    asked[0],
    /^Raise what job job-[0-9a-f]+ may cost to 0\.2\d* M2M in total\?\nTESTNET dev: /,
  );
  assert.equal((await topUp("1units")).code, "bid_too_low");
  const bid = `${
    BigInt(String(plan.write_units)) * 2n + BigInt(String(plan.max_loss_units)) * 4n
  }units`;
  const topped = await topUp(bid);
  assert.ok(Number(topped.document.most_increments) >= 4, topped.text);
  const held = async () =>
    (await agent.tool("balance", {})).document.ceilings as Record<string, string>;
  assert.equal((await held()).held_units, topped.document.most_units);

  approve = true;
  const resumed = await agent.tool("resume_job", { job_id });
  assert.equal(resumed.document.state, "running", resumed.text);
  assert.equal(asked.length, 1, "going on costs no more than was agreed to");
  const done = await agent.tool("wait_job", { job_id, wait_s: 300 });
  assert.equal(done.document.status, "success", done.text);
  const { held_units, spent_units } = await held();
  assert.deepEqual([held_units, spent_units], ["0", done.document.paid_units]);
  assert.equal((await agent.tool("pause_job", { job_id })).code, "job_over");
});

Deno.test("job pause of a job that was paid before it ran: there is nothing to pause", async () => {
  const job: Document = await home.json(["job", "submit", "echo", "--input", "x", "--wait"]);
  const refused: Document = await home.json(["job", "pause", job.job_id], { code: 1 });
  assert.equal(refused.error.code, "not_metered");
});
