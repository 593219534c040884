/** Long jobs of `crosstown mcp` as Tasks: submit, progress, cancel, and the result after a reconnect, on a dev network without a daemon. */
import assert from "node:assert/strict";
import { Agent } from "../mcp_agent.ts";
import { home } from "./no_daemon.ts";

const TASKS = "io.modelcontextprotocol/tasks";

/** What each request of a client says of itself, since the revision 2026-07-28. */
function envelope(extensions: Record<string, unknown>) {
  return {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": { extensions },
  };
}

interface Task {
  readonly resultType: string;
  readonly taskId: string;
  readonly status: string;
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: null;
  readonly pollIntervalMs: number;
  readonly result?: {
    readonly isError?: boolean;
    readonly structuredContent: { readonly status: string; readonly result: { log: string } };
  };
}

function agentOf(home: string, accepts = true): Agent {
  const agent = new Agent(["--home", home, "--network", "dev"]);
  agent.envelope = envelope(accepts ? { [TASKS]: {} } : {});
  return agent;
}

async function call(agent: Agent, method: string, params: Record<string, unknown>): Promise<Task> {
  const { result, error } = await agent.request(method, params);
  assert.equal(error, undefined, JSON.stringify(error));
  return result as unknown as Task;
}

/** Polls as a client does, until the task has this status. Fails if it ends in another one. */
async function until(agent: Agent, taskId: string, status: string): Promise<Task> {
  const endMs = Date.now() + 180_000;
  for (;;) {
    const task = await call(agent, "tasks/get", { taskId });
    assert.equal(task.resultType, "complete");
    if (task.status === status) return task;
    assert.ok(Date.now() < endMs, `the task is ${task.status}, not ${status}, after three minutes`);
    assert.equal(task.status, "working");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const order = (command: string, files: string) => ({
  name: "submit_job",
  arguments: { type: "ci-run", path: files, params: { command }, timeout_s: 3_600 },
});

Deno.test("crosstown mcp: a long job is a Task with progress, which another server follows and cancels after a reconnect", async () => {
  const files = await Deno.makeTempDir({ dir: home.path });
  await Deno.writeTextFile(`${files}/data.txt`, "x");
  const globals = ["--home", home.path, "--network", "dev", "--share", files];
  let long: Task;
  let short: Task;
  {
    await using agent = new Agent(globals);
    agent.envelope = envelope({ [TASKS]: {} });
    const { result: about } = await agent.request("server/discover", {});
    const { extensions } = about!.capabilities as { extensions: unknown };
    assert.deepEqual(extensions, { [TASKS]: {} });
    long = await call(agent, "tools/call", order("sleep 3000", "."));
    assert.equal(long.resultType, "task", JSON.stringify(long));
    assert.equal(long.status, "working");
    assert.match(long.taskId, /^job-[0-9a-f]{7,}$/);
    assert.equal(long.ttlMs, null);
    assert.ok(long.pollIntervalMs > 0);
    const messages = new Set<string>();
    while (messages.size < 3) {
      const task = await call(agent, "tasks/get", { taskId: long.taskId });
      assert.equal(task.status, "working");
      assert.equal(task.createdAt, long.createdAt);
      assert.match(task.statusMessage, /^[a-z]+ after \d+ s, 0\.\d+ M2M paid$/);
      messages.add(task.statusMessage);
    }
    // The same order again is the same task.
    const again = await call(agent, "tools/call", order("sleep 3000", "."));
    assert.equal(again.taskId, long.taskId);
    short = await call(agent, "tools/call", order("echo done; exit 3", "."));
  }
  // That server is gone, with its memory. The jobs are not.
  await using agent = new Agent(globals);
  agent.envelope = envelope({ [TASKS]: {} });
  assert.equal((await call(agent, "tasks/get", { taskId: long.taskId })).status, "working");
  if (short.resultType === "task") {
    const { result, createdAt, lastUpdatedAt } = await until(agent, short.taskId, "completed");
    assert.equal(result!.isError, true, "its command failed, as wait_job would say it");
    assert.equal(result!.structuredContent.result.log.trim(), "done");
    assert.ok(createdAt < lastUpdatedAt);
    const given = { job_id: short.taskId };
    const waited = await call(agent, "tools/call", { name: "wait_job", arguments: given });
    assert.equal(waited.resultType, "complete", "an ended job is given at once");
    // A cancellation of an ended job is acknowledged and changes nothing.
    await call(agent, "tasks/cancel", { taskId: short.taskId });
    assert.equal((await call(agent, "tasks/get", { taskId: short.taskId })).status, "completed");
  }
  assert.equal((await call(agent, "tasks/cancel", { taskId: long.taskId })).resultType, "complete");
  assert.equal((await until(agent, long.taskId, "cancelled")).result, undefined);
  const { document: { ceilings } } = await agent.tool("balance", {});
  assert.equal((ceilings as { held_units: string }).held_units, "0", "nothing is set aside");
});

Deno.test("crosstown mcp: a client that does not accept Tasks gets none, one that asks for no log messages gets none, and an unknown task is an error", async () => {
  await using agent = agentOf(home.path, false);
  const buy = async (text: string) => {
    const given = { name: "submit_job", arguments: { type: "echo", text } };
    const { result } = await agent.request("tools/call", given);
    assert.notEqual(result!.isError, true, JSON.stringify(result));
    return result!.structuredContent as Record<string, unknown>;
  };
  const document = await buy("a");
  assert.match(String(document.job_id), /^job-/);
  assert.equal(agent.notes.length, 0, JSON.stringify(agent.notes));
  agent.envelope = { ...envelope({}), "io.modelcontextprotocol/logLevel": "info" };
  await buy("b");
  const posted = /^job-[0-9a-f]{7}: posted$/;
  assert.ok(agent.notes.some(({ params }) => posted.test(String(params?.data))));
  agent.envelope = envelope({});
  for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
    for (const taskId of [document.job_id, "another"]) {
      assert.equal((await agent.request(method, { taskId })).error!.code, -32021, method);
    }
  }
  agent.envelope = envelope({ [TASKS]: {} });
  for (const taskId of ["job-0000000", "../../etc/passwd", "--help", "x".repeat(10_000), 7]) {
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      const { error } = await agent.request(method, { taskId });
      assert.equal(error!.code, -32602, `${method} ${String(taskId).slice(0, 20)}`);
    }
  }
  // Neither form of the older revision is there.
  const { error } = await agent.request("tasks/list", {});
  assert.equal(error!.code, -32601);
});
