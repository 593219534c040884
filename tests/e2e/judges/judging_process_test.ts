/** Which process has answers judged, and what becomes of the skill when that process is killed or stopped. */
import assert from "node:assert/strict";
import { isLong } from "../../long.ts";
import { type Document, until } from "../process.ts";
import { approvedJudge, home, sleeping, submit, WEIGH } from "./judges_home.ts";

Deno.test("a daemon has the answers of a job judged for which nobody waits", async () => {
  const job = await submit([
    ...[...WEIGH, "--verify", "2of2", "--compare", "skill:similar-json", "--again"],
  ]);
  const { id } = job.verification;
  const judged: Document = await until("a judgement by the daemon", async () => {
    const { verification } = await home.json(["job", "status", id]);
    return verification.state !== "open" && verification;
  });
  assert.deepEqual([judged.state, judged.judge.error], ["agreed", null]);
});

Deno.test("a command that is killed while a skill judges leaves no process behind, and job wait judges again", async () => {
  await approvedJudge("moody", "exec sleep 31536", { timeoutS: 3_600 });
  const asked = [...WEIGH, "--verify", "2of2", "--compare", "skill:moody", "--wait"];
  const killed = home.start(["job", "submit", ...asked]);
  const [, id] = await killed.seen(/(job-[0-9a-f]+): the skill moody judges/);
  const sleeps = () => sleeping(31536);
  await until("the judge at work", sleeps);
  killed.kill("SIGKILL");
  await killed.ended;
  await until("the end of the judge", async () => !await sleeps());
  await approvedJudge("moody", `echo '{"groups":[[0,1]]}'`);
  const { status, verification } = await home.json(["job", "wait", id]);
  assert.deepEqual([status, verification.state], ["success", "agreed"]);
});

Deno.test("a command or a daemon that is stopped while a skill judges stops the skill; the next daemon has the answers judged", async () => {
  await approvedJudge("moody", "exec sleep 31537", { timeoutS: 3_600 });
  // A daemon would judge too.
  await home.run(["mayor", "down"]);
  const asked = [...WEIGH, "--verify", "2of2", "--compare", "skill:moody", "--again"];
  const waiting = home.start(["job", "submit", ...asked, "--wait"]);
  const [, id] = await waiting.seen(/(job-[0-9a-f]+): the skill moody judges/);
  await until("the judge at work", () => sleeping(31537));
  waiting.kill("SIGTERM");
  // The skill has an hour, a command of this test three minutes.
  assert.equal((await waiting.ended).code, 143);
  assert.equal(await sleeping(31537), false);
  await home.json(["mayor", "up", "--detach"]);
  await until("the daemon's judge at work", () => sleeping(31537));
  await home.json(["mayor", "down"]);
  assert.equal(await sleeping(31537), false);
  const { verification: open } = await home.json(["job", "status", id]);
  assert.deepEqual([open.state, open.judge.error, open.undecided.length], ["open", null, 2]);
  await approvedJudge("moody", `echo '{"groups":[[0,1]]}'`);
  await home.json(["mayor", "up", "--detach"]);
  const judged: Document = await until("a judgement by the next daemon", async () => {
    const { verification } = await home.json(["job", "status", id]);
    return verification.state !== "open" && verification;
  });
  assert.deepEqual([judged.state, judged.judge.error], ["agreed", null]);
  if (isLong) await home.json(["mayor", "down"]);
});
