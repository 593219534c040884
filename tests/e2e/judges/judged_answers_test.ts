/** Answers that a skill of the buyer's home judges, over the real network: three providers measure, and one of them lies. */
import assert from "node:assert/strict";
import { faultsOf } from "../../commands/json_schemas.ts";
import { type Document, until } from "../process.ts";
import {
  approvedJudge,
  attack,
  attacker,
  folder,
  home,
  jobCount,
  judge,
  keys,
  liar,
  MEASURE,
  providers,
  submit,
  trust,
  WEIGH,
} from "./judges_home.ts";

Deno.test("job submit --compare skill:NAME makes no job if the skill is missing, not approved, changed or no judge", async () => {
  const count = await jobCount();
  await judge("unseen", "exit 0");
  await approvedJudge("caller", "exit 0", { terms: "" });
  await approvedJudge("later", "exit 0");
  await judge("later", "exit 1");
  for (
    const [args, code] of [
      [["--verify", "2of3", "--compare", "skill:nobody"], "unknown_skill"],
      [["--verify", "2of3", "--compare", "skill:unseen"], "not_approved"],
      [["--verify", "2of3", "--compare", "skill:later"], "changed"],
      [["--verify", "2of3", "--compare", "skill:caller"], "no_judge"],
      [["--challenge", "0.000001", "--compare", "skill:caller"], "no_judge"],
      [["--challenge", "1", "--compare", "skill:nobody", "--dry-run"], "unknown_skill"],
      [["--verify", "2of3", "--compare", "skill:../similar-json"], "usage"],
      [["--verify", "2of3", "--compare", "skill"], "usage"],
      [["--compare", "skill:similar-json"], "usage"],
    ] as const
  ) {
    const { code: exited, stdout } = await home.run(
      ["job", "submit", ...MEASURE, ...args, "--output", "json"],
    );
    assert.deepEqual([JSON.parse(stdout).error.code, exited], [code, 2], args.join(" "));
  }
  assert.equal(await jobCount(), count);
});

Deno.test("job submit --verify 2of3 --compare skill:similar-json: near numbers win, the liar loses its standing, and evidence names the judge", async () => {
  const args = [...MEASURE, "--verify", "2of3", "--compare", "skill:similar-json"];
  const plan = await submit([...args, "--dry-run"]);
  assert.deepEqual(faultsOf("job-plan", plan), []);
  assert.equal(plan.verification.compare, "skill");
  const job = await submit([...args, "--wait"]);
  assert.deepEqual(faultsOf("job", job), []);
  const { id } = job.verification;
  const all: Document = await until("the liar's answer", async () => {
    const { verification } = await home.json(["job", "wait", id]);
    return verification.dissent.length === 1 && verification;
  });
  assert.deepEqual([all.state, all.compare, all.judge.error], ["agreed", "skill", null]);
  assert.deepEqual(
    [keys(all.agreed), keys(all.dissent)],
    [providers.slice(0, 2).sort(), [liar]],
  );
  assert.match(job.result.content, /2/);
  const { dissents } = await home.json(["provider", "trust", liar]);
  assert.ok(dissents.some((each: Document) => each.verification_id === id));

  const { sha256 } = await home.json(["skill", "show", "similar-json"]);
  const file = `${folder}/judged.json`;
  const written = await home.json(["job", "evidence", id, "--out", file]);
  assert.deepEqual(faultsOf("job-evidence", written), []);
  assert.deepEqual([written.state, written.judge], ["agreed", { skill: "similar-json", sha256 }]);
  // Without the judge nothing says which answers are equal.
  const alone = await home.json(["job", "evidence", "--check", file], { home: `${folder}/none` });
  assert.deepEqual([alone.valid, alone.state], [true, null]);
  assert.ok(alone.parts.every(({ agrees }: Document) => agrees === null));
  assert.match(alone.shows[0], new RegExp(sha256));
  // Anybody who has it can repeat the judgement.
  const other = { home: `${folder}/other` };
  await home.json(["skill", "approve", "similar-json"], other);
  const again = await home.json(
    ["job", "evidence", "--check", file, "--judge", "similar-json"],
    other,
  );
  assert.deepEqual(again.parts, written.parts);
  assert.deepEqual(again.state, "agreed");
  await approvedJudge("other", "exit 3");
  const { error } = await home.json(
    ["job", "evidence", "--check", file, "--judge", "other"],
    { code: 1 },
  );
  assert.equal(error.code, "other_judge");
});

Deno.test("job submit --challenge --compare skill:NAME takes two answers as equal that the skill says are equal", async () => {
  const job = await submit([
    ...[...WEIGH, "--challenge", "1", "--compare", "skill:similar-json", "--bid", "0.3", "--wait"],
  ]);
  assert.deepEqual([job.status, job.verification.state], ["success", "agreed"]);
  assert.deepEqual(keys(job.verification.agreed), providers.slice(0, 2).sort());
  assert.equal(job.verification.challenge, true);
});

Deno.test("job submit --challenge --compare skill:NAME asks a third provider if the skill says that two answers differ, and has all three judged", async () => {
  const { dissents: before } = await trust(attacker);
  const job = await submit([
    ...[...attack("escapes"), "--challenge", "1", "--compare", "skill:similar-json"],
    ...["--bid", "0.9", "--wait"],
  ], 1);
  assert.deepEqual([job.error.code, job.result], ["no_agreement", null]);
  const { id, state, n, judge: shown, dissent } = job.verification;
  assert.deepEqual([state, n, shown.error, dissent.length], ["split", 3, null, 3]);
  // Nobody knows who is wrong.
  const { dissents, disputed } = await trust(attacker);
  assert.deepEqual(dissents, before);
  assert.ok(disputed.some((each: Document) => each.verification_id === id));
});
