import assert from "node:assert/strict";
import { homePaths } from "../../../config/paths.ts";
import { daemonCheck } from "../../../commands/doctor/daemon_check.ts";
import { testHome } from "../../e2e/process.ts";

Deno.test("doctor --daemon fails where nobody answers, and says what to start", async () => {
  await using home = await testHome();
  const check = await daemonCheck(homePaths(home.path, "mayor-001"));
  assert.equal(check.status, "fail");
  assert.match(check.suggestion!, /crosstown node up/);
  const { ok, checks } = await home.json(["doctor", "--daemon"], { code: 1 });
  assert.deepEqual([ok, checks.length], [false, 1]);
});
