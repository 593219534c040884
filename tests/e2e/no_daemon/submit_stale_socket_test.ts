/** `job submit` where a killed daemon has left its socket: the market's worker starts early, and the command opens the home itself. */
import assert from "node:assert/strict";
import { until } from "../process.ts";
import { home } from "./no_daemon.ts";

Deno.test("job submit beside a socket that nobody serves buys the job, and says the same about mistakes", async () => {
  const killed = home.start(["mayor", "run"]);
  await until("a daemon", async () => (await home.run(["mayor", "status"])).code === 0);
  killed.kill("SIGKILL");
  await killed.ended;
  const { isSocket } = await Deno.lstat(`${home.path}/hooks/mayor-001/crosstown/control.sock`);
  assert.ok(isSocket);
  const submit = ["job", "submit", "echo", "--input", "beside a socket", "--again"];
  const mistake = await home.run([...submit, "--timeout", "soon"]);
  assert.equal(mistake.code, 2, mistake.stderr);
  assert.match(mistake.stderr, /timeout/);
  const job = await home.json([...submit, "--wait"]);
  assert.deepEqual([job.status, job.result.content], ["success", "beside a socket"]);
});
