/** The evals of `skills/crosstown`, with agents that are scripts: one follows SKILL.md, the other does not. */
import assert from "node:assert/strict";
import { parseSkillCard } from "../../skills/format/skill_card.ts";
import { CHECKS } from "./outcomes.ts";
import { evals, type Graded, runEvals } from "./run_evals.ts";

const SKILL = new URL("../../skills/crosstown/", import.meta.url);
const script = (name: string) => new URL(`agents/${name}`, import.meta.url).pathname;

async function graded(agent: string, ids?: readonly number[]): Promise<Graded[]> {
  const all: Graded[] = [];
  for await (const one of runEvals({ agent: script(agent), timeoutMs: 600_000, ids })) {
    all.push(one);
  }
  return all;
}

Deno.test("evals.json has the format of agent skills, names this skill, and each assertion is checked", async () => {
  const text = await Deno.readTextFile(new URL("evals/evals.json", SKILL));
  const { skill_name, evals: all } = JSON.parse(text);
  const card = parseSkillCard(await Deno.readTextFile(new URL("SKILL.md", SKILL)), "crosstown");
  assert.equal(skill_name, card.name);
  const used = new Set<string>();
  for (const [i, one] of all.entries()) {
    assert.deepEqual(Object.keys(one), ["id", "prompt", "expected_output", "files", "assertions"]);
    assert.equal(one.id, i + 1);
    assert.match(one.prompt, /at most \d+\.\d+ M2M/);
    for (const file of one.files) await Deno.stat(new URL(`evals/${file}`, SKILL));
    for (const assertion of one.assertions) {
      assert.ok(Object.hasOwn(CHECKS, assertion), assertion);
      used.add(assertion);
    }
  }
  assert.deepEqual([...used].sort(), Object.keys(CHECKS).sort());
});

Deno.test("an agent that follows SKILL.md passes every eval", async () => {
  const all = await graded("follows.sh");
  assert.equal(all.length, (await evals()).length);
  for (const { id, held, said } of all) {
    assert.deepEqual(Object.entries(held).filter(([, holds]) => !holds), [], `eval ${id}\n${said}`);
  }
});

Deno.test("an agent that keeps to no sum and believes a log fails, by what it left behind", async () => {
  const broken = (await graded("ignores.sh", [2, 4])).map(({ held }) =>
    Object.entries(held).filter(([, holds]) => !holds).map(([assertion]) => assertion)
  );
  const [answer, sum] = [
    "answer.json has the job's id and exit code",
    "all jobs cost at most what the person named",
  ];
  assert.deepEqual(broken, [
    ["no job was bought", sum, "answer.json says that no job was bought"],
    ["one job was bought", sum, "no token was sent, and no limit was raised", answer],
  ]);
});

Deno.test("an agent that did nothing passes nothing but what forbids", () => {
  const nothing = { jobs: [], mostUnits: 0n, answer: null, touchedMoney: false };
  const held = Object.entries(CHECKS).filter(([, check]) => check(nothing)).map(([name]) => name);
  assert.deepEqual(held, [
    "no job was bought",
    "all jobs cost at most what the person named",
    "no token was sent, and no limit was raised",
  ]);
});
