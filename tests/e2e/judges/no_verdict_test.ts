/** A judge that fails, is late or talks nonsense, and answers that make it do so or attack it. */
import assert from "node:assert/strict";
import { faultsOf } from "../../commands/json_schemas.ts";
import { type Document, until } from "../process.ts";
import {
  approvedJudge,
  attack,
  attacker,
  byJob,
  countedOf,
  folder,
  home,
  judge,
  keys,
  PLEAD,
  providers,
  STUMBLE,
  submit,
  trust,
} from "./judges_home.ts";

Deno.test("a judge that fails, is late or talks nonsense gives no verdict and no result; job wait asks it again", async () => {
  const before = await Promise.all(providers.map(trust));
  await approvedJudge("moody", "exit 3");
  const asked = [...PLEAD, "--verify", "2of3", "--compare", "skill:moody"];
  const job = await submit([...asked, "--wait"], 1);
  assert.deepEqual([job.status, job.error.code, job.result], ["error", "no_verdict", null]);
  assert.deepEqual(faultsOf("job", job), []);
  const { id, state, judge: shown, agreed, dissent, undecided } = job.verification;
  assert.deepEqual([state, agreed, dissent], ["no_verdict", [], []]);
  assert.ok(undecided.length >= 2);
  assert.deepEqual([shown.skill, shown.error.code], ["moody", "skill_failed"]);
  assert.match((await home.run(["job", "status", id])).stdout, /undecided [0-9a-f]{12} sha256/);
  for (
    const [script, code] of [
      ["echo equal", "bad_verdict"],
      ["exec sleep 300", "timeout"],
      ["yes | head -c 100000", "output_limit"],
      [`echo '{"groups":[[0,1,2],[2]]}'`, "bad_verdict"],
      [`echo '{"groups":[[0,3]]}'`, "bad_verdict"],
      [`echo '{"groups":[[0,1,2]],"paid":true}'`, "bad_verdict"],
    ] as const
  ) {
    await approvedJudge("moody", script, { timeoutS: code === "timeout" ? 1 : 120 });
    const { error, result, verification } = await home.json(["job", "wait", id], { code: 1 });
    assert.deepEqual(
      [error.code, result, verification.judge.error.code],
      ["no_verdict", null, code],
      script,
    );
  }
  // A judge that is not approved any more is not asked.
  await judge("moody", "exit 0");
  const changed = await home.json(["job", "wait", id], { code: 1 });
  assert.equal(changed.verification.judge.error.code, "changed");
  assert.deepEqual(keys(changed.verification.undecided), providers.slice(0, 3).sort());
  for (const { provider, job_id } of changed.verification.undecided) {
    const shown = await trust(provider);
    assert.deepEqual(faultsOf("provider-trust", shown), []);
    const known = before[providers.indexOf(provider)];
    // A job without a verdict counts neither for nor against its provider.
    assert.deepEqual(countedOf(shown), { ...countedOf(known), ofThese: true });
    const added = { job_id, verification_id: id };
    assert.deepEqual(byJob(shown.undecided), byJob([...known.undecided, added]));
  }
  const file = `${folder}/moody.json`;
  const written = await home.json(["job", "evidence", id, "--out", file]);
  assert.deepEqual([written.valid, written.state], [true, null]);
  assert.ok(written.parts.every(({ agrees }: Document) => agrees === null));
  // It reads neither the providers' keys nor anything else of the home, and what the answers say is only text.
  await approvedJudge(
    "moody",
    `cat > input
     env > variables
     if grep -qE '${providers.join("|")}' input variables; then exit 7; fi
     if ls ${home.path} 2> /dev/null; then exit 8; fi
     if [ "$(grep -o 'say they are equal' input | wc -l)" != 3 ]; then exit 9; fi
     echo '{"groups":[[2],[0],[1]]}'`,
  );
  const judged = await home.json(["job", "wait", id], { code: 1 });
  assert.deepEqual([judged.error.code, judged.verification.judge.error], ["no_agreement", null]);
  assert.deepEqual(judged.verification.dissent.length, 3);
  assert.deepEqual((await trust(providers[0])).dissents, before[0].dissents);
});

Deno.test("an answer that is too large, too deep, full of escapes or a verdict itself is only an answer: it changes no other one", async () => {
  const { dissents } = await trust(attacker);
  for (
    const [name, groups] of [
      // The judge does not get the large one.
      ["large", "[[0,1]]"],
      ["deep", "[[0],[1],[2]]"],
      ["escapes", "[[0],[2],[1]]"],
      ["verdict", "[[2],[1],[0]]"],
    ] as const
  ) {
    await approvedJudge("moody", `cat > /dev/null; echo '{"groups":${groups}}'`);
    const args = ["job", "submit", ...attack(name), "--verify", "3of3"];
    const { stdout, stderr } = await home.run([...args, "--compare", "skill:moody", "--wait"]);
    // deno-lint-ignore no-control-regex -- What must not reach a terminal.
    assert.doesNotMatch(stdout + stderr, /[\u0007\u001b\u202e]/);
    const [, id] = (stdout + stderr).match(/(job-[0-9a-f]+)/)!;
    const job = await home.json(["job", "wait", id], { code: 1 });
    const { state, judge: shown, dissent, undecided } = job.verification;
    const expected = name === "large" ? ["no_verdict", "too_large", 0, 3] : ["split", null, 3, 0];
    assert.deepEqual(
      [state, shown.error?.code ?? null, dissent.length, undecided.length],
      expected,
      JSON.stringify(job.verification),
    );
    const file = `${folder}/${name}.json`;
    const written = await home.json(["job", "evidence", job.verification.id, "--out", file]);
    assert.deepEqual([written.valid, written.state], [true, state], name);
    const again = ["job", "evidence", "--check", file, "--judge", "moody"];
    assert.deepEqual((await home.json(again)).parts, written.parts, name);
  }
  assert.deepEqual((await trust(attacker)).dissents, dissents);
});

Deno.test("an answer that makes the judge fail is undecided: two honest answers win without it, and it counts neither for nor against its provider", async () => {
  const before = await trust(providers[3]);
  await approvedJudge(
    "moody",
    `cat > input
     if grep -q CRASH input; then exit 3; fi
     echo '{"groups":[[0,1]]}'`,
  );
  const args = [...STUMBLE, "--verify", "2of3", "--compare", "skill:moody"];
  const { verification: { id } } = await submit([...args, "--wait"]);
  const job: Document = await until("its answer", async () => {
    const found = await home.json(["job", "wait", id]);
    const { judge: { error }, undecided } = found.verification;
    return undecided.length === 1 && error !== null && found;
  });
  const { state, judge: shown, agreed, dissent, undecided } = job.verification;
  assert.deepEqual([job.status, state, shown.error.code], ["success", "agreed", "skill_failed"]);
  assert.deepEqual(faultsOf("job", job), []);
  const [{ provider, job_id }] = undecided;
  assert.deepEqual(
    [keys(agreed), dissent, provider],
    [providers.slice(0, 2).sort(), [], providers[3]],
  );
  // The first job stands for all of them.
  if (job_id !== id) {
    const own = await home.json(["job", "status", job_id]);
    assert.deepEqual([own.error.code, own.result], ["undecided", null]);
  }
  const trusted = await trust(provider);
  // No job of this provider counts: no judge could ever read its answers.
  assert.deepEqual([trusted.dissents, trusted.parts, trusted.score], [[], [], 0.5]);
  const added = { job_id, verification_id: id };
  assert.deepEqual(byJob(trusted.undecided), byJob([...before.undecided, added]));
  const file = `${folder}/crash.json`;
  const written = await home.json(["job", "evidence", id, "--out", file]);
  assert.deepEqual(faultsOf("job-evidence", written), []);
  assert.deepEqual([written.valid, written.state], [true, "agreed"]);
  assert.equal(
    written.parts.find((part: Document) => part.provider === provider).agrees,
    null,
  );
  const again = ["job", "evidence", "--check", file, "--judge", "moody"];
  assert.deepEqual((await home.json(again)).parts, written.parts);
});
