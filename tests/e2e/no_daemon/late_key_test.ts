/** A sealed result that its buyer reads when the job has ended: its key is bought only by the buyer's command. */
import assert from "node:assert/strict";
import { faultsOf } from "../../commands/json_schemas.ts";
import { withTime } from "../../with_time.ts";
import { Agent, type Message } from "../mcp_agent.ts";
import { type Document, until } from "../process.ts";
import { home } from "./no_daemon.ts";

/** Over MCP. The person declines at first, then agrees. */
async function paidByAgent(path: string, job_id: string): Promise<Document> {
  await using agent = new Agent(["--home", path, "--network", "dev", "--ask-above", "0"]);
  await agent.hello({ elicitation: { form: {} } });
  let approve = false;
  agent.answers = ({ params }: Message) => {
    assert.match(
      String(params?.message),
      /^Buy the key to the result of job job-[0-9a-f]+, which /,
    );
    return approve ? { action: "accept", content: { approve } } : { action: "decline" };
  };
  assert.equal((await agent.tool("pay_job", { job_id })).code, "not_approved");
  approve = true;
  const { document, text } = await agent.tool("pay_job", { job_id });
  assert.equal(document.key, "opened", text);
  const { ceilings } = (await agent.tool("balance", {})).document;
  assert.equal((ceilings as Document).spent_units, document.rest_units, "of the job only the key");
  assert.equal((await agent.tool("pay_job", { job_id })).code, "already_paid");
  return document;
}

Deno.test("job pay buys the key to a sealed result that was read after the end of its job, once", async () => {
  for (const more of [[], ["--private"]]) {
    // Nobody of this home runs when the provider publishes the result.
    const read = async (id: string): Promise<Document> =>
      await home.json(["job", "status", id, "--refresh"]);
    const sealed = (seen: Document) => seen.payment.delivery?.sealed_result ?? null;
    const { job_id: id } = await withTime([6, 30, 90], async (seconds) => {
      const { stdout } = await home.run([
        ...["job", "submit", "echo", "--input", "late words", "--payment", "on-delivery"],
        ...["--timeout", `${seconds}`, "--again", ...more, "--output", "json"],
      ]);
      await new Promise((resolve) => setTimeout(resolve, (seconds + 1) * 1_000));
      return JSON.parse(stdout);
    }, async (job: Document) => {
      // On a busy machine its time may be over before its provider has begun.
      if (job.job_id === undefined || job.status === "refused") return false;
      for (let looks = 0; looks < 10; looks++) if (sealed(await read(job.job_id))) return true;
      return false;
    });
    const late: Document = await until("the late result", async () => {
      const seen = await read(id);
      return sealed(seen) !== null && seen;
    });
    assert.deepEqual([late.status, late.payment.delivery.state], ["timeout", "waiting"]);
    const plan: Document = await home.json(["job", "pay", id, "--dry-run"]);
    assert.deepEqual([plan.key, plan.rest_units], ["waiting", late.payment.delivery.rest_units]);
    assert.equal((await read(id)).payment.delivery.state, "waiting");
    const paid: Document = more.length === 0
      ? await home.json(["job", "pay", id])
      : await paidByAgent(home.path, id);
    assert.deepEqual(faultsOf("job-pay", paid), []);
    assert.deepEqual([paid.status, paid.key, paid.error], ["success", "opened", null]);
    const done: Document = await home.json(["job", "results", id]);
    assert.equal(done.result.content, "late words");
    const total = BigInt(plan.paid_units) + BigInt(plan.rest_units);
    assert.equal(paid.paid_units, String(total));
    const again: Document = await home.json(["job", "pay", id], { code: 1 });
    assert.equal(again.error.code, "already_paid");
  }
  const echo: Document = await home.json(["job", "submit", "echo", "--input", "x", "--wait"]);
  const none: Document = await home.json(["job", "pay", echo.job_id], { code: 1 });
  assert.equal(none.error.code, "already_paid");
});
