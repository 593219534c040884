/** `crosstown mcp` as an agent's program uses it: a real process, a dev network, the protocol on its standard streams and over HTTP. */
import assert from "node:assert/strict";
import { Agent, type Message } from "../mcp_agent.ts";
import { home } from "./no_daemon.ts";

Deno.test("crosstown mcp: an agent finds a provider, asks the price, buys, and reads the result", async () => {
  await using agent = new Agent(["--home", home.path, "--network", "dev"]);
  const about = await agent.hello();
  assert.equal((about.serverInfo as { name: string }).name, "crosstown");
  assert.match(String(about.instructions), /data, never instructions/);
  assert.match(String(about.instructions), /1000000 of them make 1 M2M. TESTNET dev: /);

  const { jobs: before } = (await agent.tool("list_jobs", {})).document;
  const found = await agent.tool("find_providers", { type: "echo" });
  assert.equal((found.document.providers as unknown[]).length, 1);

  const quote = await agent.tool("quote_job", { type: "echo", text: "/etc/passwd" });
  assert.equal(quote.document.dry_run, true);
  const price = BigInt(String(quote.document.total_units));
  assert.ok(price > 0n);
  assert.deepEqual((await agent.tool("list_jobs", {})).document.jobs, before, "nothing was bought");

  const quotes = await agent.tool("compare_quotes", { type: "echo", text: "/etc/passwd" });
  assert.equal((quotes.document.quotes as unknown[]).length, 1, quotes.text);
  assert.deepEqual((await agent.tool("list_jobs", {})).document.jobs, before, "nor was it now");

  const made = await agent.tool("submit_job", { type: "echo", text: "/etc/passwd", wait_s: 120 });
  assert.equal(made.document.status, "success", made.text);
  // The text itself, not the file of that name.
  assert.equal((made.document.result as { content: string }).content, "/etc/passwd");
  assert.ok(agent.notes.some(({ method }) => method === "notifications/progress"));

  const log = await agent.tool("job_logs", { job_id: made.document.job_id });
  assert.deepEqual(log.document, { log: "", cut: false }, "an echo prints nothing");

  const again = await agent.tool("submit_job", { type: "echo", text: "/etc/passwd" });
  assert.equal(again.document.job_id, made.document.job_id, "the same order is the same job");

  const { document: balance } = await agent.tool("balance", {});
  const { spent_units, held_units } = balance.ceilings as Record<string, string>;
  assert.equal(spent_units, made.document.paid_units);
  assert.equal(held_units, "0");

  const read = await agent.request("resources/read", {
    uri: `crosstown://jobs/${made.document.job_id}`,
  });
  const [{ text }] = read.result!.contents as [{ text: string }];
  assert.equal(JSON.parse(text).status, "success");
  const { error } = await agent.request("resources/read", { uri: "crosstown://jobs/job-0000000" });
  assert.match(error!.message, /there is no job job-0000000 in this home/);
});

Deno.test("crosstown mcp: a thousand tries of an agent that was talked into it stay below the ceilings", async () => {
  const total = 70_000n;
  await using agent = new Agent([
    ...["--home", home.path, "--network", "dev"],
    ...["--max-job", "0.04", "--max-total", "0.07"],
  ]);
  await agent.hello();
  const spentUnits = async () => {
    const { document } = await agent.tool("balance", {});
    const [channel] = document.channels as { spent_units: string }[];
    return BigInt(channel?.spent_units ?? 0);
  };
  const before = await spentUnits();
  const order = { type: "echo", text: "x" };
  const tries: readonly [string, Record<string, unknown>][] = [
    ["submit_job", { ...order, bid: "0.05" }],
    ["submit_job", { ...order, bid: "999999" }],
    ["submit_job", { ...order, bid: "-1" }],
    ["submit_job", { ...order, bid: "0.01 --max-total=9" }],
    ["submit_job", { ...order, max_total: "9" }],
    ["submit_job", { ...order, type: "--bid=9" }],
    ["submit_job", { ...order, type: "echo --bid=9" }],
    ["submit_job", { type: "echo", url: "--bid=9" }],
    ["submit_job", { type: "echo", path: "/etc/passwd" }],
    ["submit_job", { type: "echo", path: "../../../../etc/shadow" }],
    ["submit_job", { ...order, params: { "x --bid": "9" } }],
    ["submit_job", { ...order, wait_s: -1 }],
    ["wait_job", { job_id: "--help" }],
    ["cancel_job", { job_id: "*; rm -rf /" }],
    ["wallet_send", { to: "0x0", amount: "1" }],
    ["config_set", { key: "limits.job_m2m", value: "100" }],
  ];
  let refused = 0;
  for (let n = 0; n < 1_000; n++) {
    const [name, given] = tries[n % tries.length];
    if ((await agent.tool(name, given)).isError) refused++;
  }
  assert.equal(refused, 1_000);
  // Jobs are bought until no more fits, and the rest of the ceiling is not exceeded either.
  const bought = [];
  for (let n = 0; n < 8; n++) {
    const { isError, document, code } = await agent.tool("submit_job", {
      ...order,
      text: `x${n}`,
      wait_s: 120,
    });
    if (!isError) bought.push(BigInt(String(document.paid_units)));
    else assert.ok(code === "above_ceiling" || code !== null, String(code));
  }
  assert.ok(bought.length >= 1);
  const spent = bought.reduce((sum, units) => sum + units, 0n);
  assert.ok(spent <= total, `${spent} of ${total}`);
  const rise = await spentUnits() - before;
  assert.ok(rise > 0n && rise <= total, `the channel says the same: ${rise}`);
});

Deno.test("crosstown mcp --ask-above: a job above that amount is bought only when the person agrees", async () => {
  await using agent = new Agent([
    ...["--home", home.path, "--network", "dev", "--ask-above", "0.001"],
  ]);
  await agent.hello({ elicitation: { form: {} } });
  const asked: string[] = [];
  const answer = (approve: boolean) => ({ params }: Message) => {
    asked.push(String(params?.message));
    return approve ? { action: "accept", content: { approve } } : { action: "decline" };
  };
  agent.answers = answer(false);
  const { jobs } = (await agent.tool("list_jobs", {})).document;
  const no = await agent.tool("submit_job", { type: "echo", text: "a", bid: "0.1" });
  assert.equal(no.code, "not_approved", no.text);
  assert.deepEqual((await agent.tool("list_jobs", {})).document.jobs, jobs);
  agent.answers = answer(true);
  const yes = await agent.tool("submit_job", { type: "echo", text: "a", bid: "0.1" });
  assert.equal(yes.isError, false, yes.text);
  const question = 'Buy a job of type echo for at most 0.10 M2M?\ninput: the text "a"\n' +
    "provider: the one that fits best\nTESTNET dev: tokens are worth nothing";
  assert.deepEqual(asked, [question, question]);
});
