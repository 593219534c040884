import assert from "node:assert/strict";
import { echo } from "../../../skills/builtin/echo.ts";
import { type Approval, writeApprovals } from "../../../skills/catalog/approvals.ts";
import { createSkillRegistry } from "../../../skills/catalog/registry.ts";
import { contentOf } from "../../../skills/catalog/skill_content.ts";
import { cardText, writeSkill } from "../skill_files.ts";
import { requestEvent, skillContext, skillRequest, temporaryFolder } from "../machine.ts";
import { HEAD, RUN } from "./manifests.ts";

Deno.test("createSkillRegistry() finds a new folder without a restart, and reports bad ones as well as good ones", async () => {
  await using folder = await temporaryFolder();
  const registry = createSkillRegistry({
    approvals: null,
    builtin: [echo],
    folders: [`${folder.path}/skills`, `${folder.path}/.claude/skills`],
  });
  assert.deepEqual((await registry.scan()).skills.map(({ manifest }) => manifest.name), ["echo"]);
  const drop = (name: string, text: string) => writeSkill(`${folder.path}/skills/${name}`, text);
  await drop("a", HEAD + RUN);
  await drop("b", "kinds = ");
  await drop("c", HEAD + RUN);
  await drop("d", `${HEAD.replace("5650", "5651")}${RUN}`);
  await Deno.writeTextFile(`${folder.path}/skills/d/SKILL.md`, cardText("echo"));
  await drop("e", HEAD.replace("5650", "1059") + RUN);
  await drop("echo", HEAD.replace("5650", "5652") + RUN);
  await drop("f", "#".repeat(70_000));
  await drop("g", HEAD.replace("5650", "5653") + RUN);
  await Deno.remove(`${folder.path}/skills/g/SKILL.md`);
  await Deno.mkdir(`${folder.path}/skills/not-a-skill`);
  await Deno.writeTextFile(`${folder.path}/skills/file`, "");
  const { skills, problems } = await registry.scan();
  assert.deepEqual(skills.map(({ manifest }) => manifest.name), ["echo", "a", "e"]);
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  assert.deepEqual(
    problems.map(({ folder, code, file, line }) => [name(folder), code, file, line]),
    [
      ["b", "bad_manifest", "skill.toml", 1],
      ["c", "kind_taken", undefined, undefined],
      ["d", "bad_manifest", "SKILL.md", 2],
      ["echo", "name_taken", undefined, undefined],
      ["f", "bad_manifest", "skill.toml", 1],
      ["g", "bad_manifest", "SKILL.md", 1],
      ["not-a-skill", "no_manifest", undefined, undefined],
    ],
  );
  assert.equal((await registry.forKind(1059))?.manifest.name, "e");
  await drop("b", HEAD.replace("5650", "5999") + RUN);
  assert.equal((await registry.named("b"))?.folder, `${folder.path}/skills/b`);
  await Deno.remove(`${folder.path}/skills/a`, { recursive: true });
  assert.equal((await registry.forKind(5650))?.manifest.name, "c");
});

Deno.test("createSkillRegistry() says why an agent's skill is not for sale", async () => {
  await using folder = await temporaryFolder();
  const own = `${folder.path}/skills`;
  await Deno.mkdir(`${own}/reviewer`, { recursive: true });
  const agents =
    "---\nname: reviewer\ndescription: Reviews\nallowed-tools: Read Bash(git log:*)\n---\n";
  await Deno.writeTextFile(`${own}/reviewer/SKILL.md`, agents);
  const registry = createSkillRegistry({ approvals: null, builtin: [], folders: [own] });
  const { skills, problems } = await registry.scan();
  assert.deepEqual(skills, []);
  assert.equal(problems[0].code, "no_manifest");
  assert.match(problems[0].message, /SKILL\.md .* add metadata: \{crosstown: skill\.toml\}/);
});

Deno.test("createSkillRegistry() takes what was approved, byte for byte, at the owner's price", async () => {
  await using folder = await temporaryFolder();
  const [own, approvals] = [`${folder.path}/skills`, `${folder.path}/approved_skills.json`];
  const registry = createSkillRegistry({ builtin: [], folders: [own], approvals: [approvals] });
  const state = async () => {
    const { skills, problems } = await registry.scan();
    return [...skills.map(({ manifest }) => manifest.name), ...problems.map(({ code }) => code)];
  };
  const approve = async (price?: Approval["price"]) => {
    const { sha256 } = await contentOf(`${own}/b`);
    await writeApprovals(approvals, { b: { sha256, approvedAt: "2026-01-01T00:00:00Z", price } });
  };
  await writeSkill(`${own}/a`, HEAD + RUN);
  await writeSkill(`${own}/b`, HEAD + RUN, { "run.sh": "echo 1\n" });
  assert.deepEqual(await state(), ["not_approved", "not_approved"]);
  await approve();
  // A skill that is not approved takes no kind from one that is.
  assert.deepEqual(await state(), ["b", "not_approved"]);
  await Deno.writeTextFile(`${own}/b/run.sh`, "echo 2\n");
  assert.deepEqual(await state(), ["not_approved", "changed"]);
  await approve({ flatUnits: "7", unitsPerKib: "1" });
  const [skill] = (await registry.scan()).skills;
  assert.deepEqual(skill.manifest.price, { flatUnits: 7n, unitsPerKib: 1n });
  await Deno.chmod(`${own}/b/run.sh`, 0o644);
  assert.deepEqual(await state(), ["not_approved", "changed"]);
  await Deno.symlink("/etc/passwd", `${own}/b/link`);
  assert.deepEqual(await state(), ["not_approved", "bad_folder"]);
  await Deno.remove(`${own}/b/link`);
  await approve();
  // Of two files the first counts for a name; the second may approve others.
  const second = `${folder.path}/others.json`;
  const both = createSkillRegistry({ builtin: [], folders: [own], approvals: [approvals, second] });
  const approvedAt = "2026-01-01T00:00:00Z";
  const { sha256 } = await contentOf(`${own}/a`);
  const other = { sha256: "0".repeat(64), approvedAt };
  await writeApprovals(second, { a: { sha256, approvedAt }, b: other });
  // Both take one kind, so the second skill says so instead of being unapproved.
  assert.deepEqual(
    (await both.scan()).skills.map(({ manifest }) => manifest.name),
    ["a"],
  );
  await Deno.writeTextFile(approvals, "[");
  assert.deepEqual(await state(), ["not_approved", "not_approved"]);
});

Deno.test("forKind() finds a skill whose files are touched while it is read", async () => {
  await using folder = await temporaryFolder();
  const [own, approvals] = [`${folder.path}/skills`, `${folder.path}/approved_skills.json`];
  const registry = createSkillRegistry({ builtin: [], folders: [own], approvals: [approvals] });
  await writeSkill(`${own}/b`, HEAD + RUN);
  const { sha256 } = await contentOf(`${own}/b`);
  await writeApprovals(approvals, { b: { sha256, approvedAt: "2026-01-01T00:00:00Z" } });
  let unreadable = 0;
  for (let round = 0; round < 10; round++) {
    let over = false;
    const touching = (async () => {
      while (!over) await Deno.utime(`${own}/b/skill.toml`, 0, Math.random() * 1e9);
    })();
    for (let tries = 0; tries < 1_000 && unreadable <= round; tries++) {
      const { problems } = await registry.scan();
      if (problems.some(({ code }) => code === "unreadable")) unreadable++;
    }
    const asked = Array.from({ length: 8 }, () => registry.forKind(5650));
    await new Promise((resolve) => setTimeout(resolve, 30));
    over = true;
    await touching;
    assert.ok((await Promise.all(asked)).every((found) => found?.manifest.name === "b"));
  }
  assert.equal(unreadable, 10, "the files were not touched in the moment that is tested");
});

Deno.test("echo gives its texts back, and refuses what it cannot", async () => {
  const run = (tags: readonly (readonly string[])[], maxContentBytes = 1000) =>
    echo.run(
      skillRequest(requestEvent(5600, tags), "/nowhere", { maxContentBytes }),
      skillContext(),
    );
  assert.equal(
    (await run([["i", "a", "text"], ["i", "b"], ["i", "https://x", "url"]])).content,
    "a\nb",
  );
  assert.equal((await run([])).errorCode, "bad_input");
  assert.equal((await run([["i", "x".repeat(1000), "text"]])).errorCode, "too_large");
});
