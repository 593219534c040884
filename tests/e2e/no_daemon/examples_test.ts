/** The examples as their own heads say to run them, on one dev network. */
import assert from "node:assert/strict";
import { run, testHome, until } from "../process.ts";
import { home } from "./no_daemon.ts";

const FOLDER = new URL("../../../examples/", import.meta.url);

/** The arguments in each line of the example's head that runs it. */
async function callsOf(example: string): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL(example, FOLDER));
  const lines = text.matchAll(/^ \* {5}deno task -q example examples\/(\S+)(.*?)(?: +# .*)?$/gm);
  return [...lines].map(([, name, rest]) => {
    assert.equal(name, example);
    return (rest.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
  });
}

const example = (name: string, args: readonly string[]) =>
  home.run(args, { program: `examples/${name}` });

Deno.test("each example has a line that runs it, a row in the table, and a test here", async () => {
  const table = await Deno.readTextFile(new URL("README.md", FOLDER));
  const tests = await Deno.readTextFile(new URL(import.meta.url));
  const runnable: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (!name.endsWith(".ts") || (await callsOf(name)).length === 0) continue;
    runnable.push(name);
    assert.ok(table.includes(`](${name})`), `${name} is not in examples/README.md`);
    assert.ok(tests.includes(`examples/${name}:`), `${name} has no test`);
  }
  assert.equal(runnable.length, 5);
});

Deno.test("examples/buy.ts: buys a job with the library; what costs more than the bid is refused in words", async () => {
  const [[folder]] = await callsOf("buy.ts");
  const { code, stdout, stderr } = await example("buy.ts", [folder]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /ok \| 4 passed[^]*job-\w+: success, exit 0, \d+ units\n$/);
  const jobs = async () => (await home.json(["job", "list", "--limit", "1000"])).jobs.length;
  const before = await jobs();
  const refused = await example("buy.ts", [`${home.path}/no-project`]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^\w+: .*\/no-project/m);
  assert.equal(await jobs(), before);
});

Deno.test("examples/line-count: its own test passes", async () => {
  await using seller = await testHome();
  const folder = new URL("line-count", FOLDER).pathname;
  const { passed, fixtures } = await seller.json(["skill", "test", folder]);
  assert.deepEqual([passed, fixtures.length], [true, 1]);
});

Deno.test("examples/sell.ts: a job of the skill is run, paid and told; Ctrl-C takes the seller down", async () => {
  await using seller = await testHome();
  const selling = home.start([seller.path], { program: "examples/sell.ts" });
  const [, pubkey] = await selling.seen(/^([0-9a-f]{64}) sells line-count/m);
  const text = await Deno.readTextFile(new URL("sell.ts", FOLDER));
  const [, line] = /deno task -q crosstown (job submit .*)$/m.exec(text)!;
  const order = line.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
  await until("the announcement", async () => {
    const words = order.filter((word) => word !== "--wait");
    return (await home.run([...words, "--dry-run"])).code === 0;
  });
  const job = await home.json(order);
  assert.deepEqual([job.status, job.provider], ["success", pubkey]);
  assert.equal(job.result.content, '{"lines":1,"empty":0}\n');
  await selling.seen(new RegExp(`Earned 0.025 M2M with ${job.job_id}`));
  selling.kill("SIGINT");
  const { code, stdout } = await selling.ended;
  assert.equal(code, 0);
  assert.match(stdout, /the seller is down\n$/);
  const { error } = await seller.json(["node", "status"], { code: 1 });
  assert.equal(error.code, "not_up");
});

Deno.test("examples/pipe_stages.ts: the second stage tells of each document what both found", async () => {
  const toon = new URL("../../../fixtures/toon/", import.meta.url).pathname;
  const { code, stdout } = await example("pipe_stages.ts", [
    `${toon}job_5050.toon`,
    `${toon}awkward_delimiters_rules4.toon`,
  ]);
  assert.equal(code, 0);
  assert.match(stdout, /^kind 5050, 576 bytes, 8119b853\w+\nkind 5148, 401 bytes, \w{64}\n$/);
  const none = await run([`${toon}no-such.toon`], { program: "examples/pipe_stages.ts" });
  assert.notEqual(none.code, 0);
});

Deno.test("examples/watch_market.ts: the provider that is there came, with its cheapest prices", async () => {
  const [, one] = await callsOf("watch_market.ts");
  const { code, stdout } = await example("watch_market.ts", one);
  assert.equal(code, 0);
  assert.match(stdout, /^[0-9a-f]{8} came \(\w+\/\w+\)\n {2}\S+: \d+ units\n/);
});

Deno.test("examples/agent_loop.ts: the agent finds, asks, buys and answers", async () => {
  const [[task]] = await callsOf("agent_loop.ts");
  const { code, stdout } = await example("agent_loop.ts", [task]);
  assert.equal(code, 0);
  const tools = [...stdout.matchAll(/^> (\w+) /gm)].map(([, tool]) => tool);
  assert.deepEqual(tools, ["find_providers", "quote_job", "submit_job", "balance"]);
  assert.match(stdout, /\n"how long is this text\?" for \d+ units; \d+ are left\.\n$/);
});
