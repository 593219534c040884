import assert from "node:assert/strict";
import { echo } from "../../../skills/builtin/echo.ts";
import { type Approval, writeApprovals } from "../../../skills/catalog/approvals.ts";
import { createSkillRegistry } from "../../../skills/catalog/registry.ts";
import { contentOf } from "../../../skills/catalog/skill_content.ts";
import { cardText, manifestOf, writeSkill } from "../skill_files.ts";
import { requestEvent, skillContext, skillRequest, temporaryFolder } from "../machine.ts";

const HEAD = "kinds = [5650]\n";
const RUN = '[run]\nrunner = "command"\ncommand = ["cat"]\n';

Deno.test("parseManifest() reads a whole manifest, with defaults for the rest", () => {
  const full = manifestOf(`${HEAD}types = ["t"]
tags = ["x"]
accepts = "toon"
[price]
flat_units = 10
units_per_kib = 3
[limits]
timeout_s = 5
memory_mb = 64
processes = 2
output_bytes = 100
[run]
runner = "deno"
module = "src/main.ts"
[permissions]
net = ["127.0.0.1:11434"]
read = ["data"]
`);
  assert.deepEqual(full.price, { flatUnits: 10n, unitsPerKib: 3n });
  assert.deepEqual(full.limits, { timeoutS: 5, memoryMb: 64, processes: 2, outputBytes: 100 });
  assert.ok(full.run.type === "deno");
  assert.deepEqual(full.run.permissions, {
    net: ["127.0.0.1:11434"],
    read: ["data"],
    write: [],
    env: [],
  });
  const least = manifestOf(HEAD + RUN);
  assert.deepEqual(least.run, {
    type: "command",
    command: ["cat"],
    env: [],
    net: [],
    read: [],
    sandbox: true,
  });
  assert.equal(least.accepts, "both");
  assert.equal(manifestOf(`${HEAD}${RUN}tier = "runsc+kvm"`).tier, "runsc+kvm");
});

for (
  const { name, text, error } of [
    { name: "no TOML", text: "name = ", error: /^skill\.toml:1: this is not TOML/ },
    {
      name: "unknown key",
      text: `${HEAD}kind = 1\n${RUN}`,
      error: /^skill\.toml:2: unknown key kind;/,
    },
    {
      name: "unknown key in a table",
      text: `${HEAD}${RUN}net = []\n`,
      error: /unknown key run\.net/,
    },
    {
      name: "unknown permission",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "m.ts"\n[permissions]\nrun = ["sh"]\n`,
      error: /skill\.toml:6: unknown key permissions\.run/,
    },
    { name: "kind too high", text: HEAD.replace("5650", "70000") + RUN, error: /65535/ },
    { name: "kind as text", text: HEAD.replace("5650", '"5650"') + RUN, error: /whole numbers/ },
    { name: "kind twice", text: HEAD.replace("5650", "1, 1") + RUN, error: /twice/ },
    {
      name: "negative price",
      text: `${HEAD}[price]\nflat_units = -1\n${RUN}`,
      error: /price\.flat_units/,
    },
    {
      name: "fraction",
      text: `${HEAD}[price]\nflat_units = 1.5\n${RUN}`,
      error: /price\.flat_units/,
    },
    {
      name: "no limit",
      text: `${HEAD}[limits]\ntimeout_s = 0\n${RUN}`,
      error: /limits\.timeout_s/,
    },
    {
      name: "builtin",
      text: `${HEAD}[run]\nrunner = "builtin"\n`,
      error: /run\.runner must be deno or command/,
    },
    {
      name: "a sandbox that none can require",
      text: `${HEAD}${RUN}tier = "bubblewrap"\n`,
      error: /skill\.toml:5: run\.tier must be runsc or runsc\+kvm/,
    },
    {
      name: "a sandbox that it does not use",
      text: `${HEAD}${RUN}sandbox = false\ntier = "runsc"\n`,
      error: /skill\.toml:6: .*cannot require one/,
    },
    {
      name: "no program",
      text: `${HEAD}[run]\nrunner = "command"\ncommand = []\n`,
      error: /name a program/,
    },
    {
      name: "program outside",
      text: `${HEAD}[run]\nrunner = "command"\ncommand = ["../x"]\n`,
      error: /inside/,
    },
    {
      name: "absolute program",
      text: `${HEAD}[run]\nrunner = "command"\ncommand = ["/bin/x"]\n`,
      error: /inside/,
    },
    {
      name: "module outside",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "../x.ts"\n`,
      error: /inside/,
    },
    {
      name: "net with a flag",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "x.ts"\n[permissions]\nnet = ["a,b"]\n`,
      error: /"a,b" is not a host/,
    },
    {
      name: "path with a comma",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "x.ts"\n[permissions]\nread = ["a,/"]\n`,
      error: /comma/,
    },
    {
      name: "our secrets",
      text: `${HEAD}${RUN}[permissions]\nenv = ["GASTOWN_WALLET_PRIVATE_KEY"]\n`,
      error: /may not hold/,
    },
    {
      name: "loader",
      text: `${HEAD}${RUN}[permissions]\nenv = ["LD_PRELOAD"]\n`,
      error: /skill\.toml:6: permissions\.env may not hold LD_PRELOAD/,
    },
    {
      name: "an address that jobs may never reach",
      text: `${HEAD}${RUN}[permissions]\nnet = ["a.example", "0.0.0.0:80"]\n`,
      error: /skill\.toml:6: permissions\.net: "0\.0\.0\.0:80" is an address that jobs may never/,
    },
    {
      name: "another form of an address",
      text: `${HEAD}${RUN}[permissions]\nnet = ["2130706433"]\n`,
      error: /skill\.toml:6: permissions\.net: "2130706433" is not a host, an address or host:port/,
    },
    {
      name: "every host for a module",
      text: `${HEAD}[run]\nrunner = "deno"\nmodule = "x.ts"\n[permissions]\nnet = ["*:80"]\n`,
      error: /permissions\.net: "\*:80" is only for commands and agents: name the hosts/,
    },
    {
      name: "a judge that is sold",
      text: `${HEAD}judges = true\n${RUN}`,
      error: /skill\.toml:2: a skill that judges has kinds = \[\]/,
    },
    {
      name: "a judge with a price",
      text: `kinds = []\njudges = true\n[price]\nflat_units = 1\n${RUN}`,
      error: /skill\.toml:3: a skill that judges has no \[price\]/,
    },
    {
      name: "a judge with a schema",
      text: `kinds = []\njudges = true\n[output]\ntype = "object"\n${RUN}`,
      error: /a skill that judges has no \[output\]/,
    },
    {
      name: "increments of output without a price",
      text: `${HEAD}[price]\nincrement_kib = 4\n${RUN}`,
      error: /skill\.toml:3: a free skill must have no increments/,
    },
    {
      name: "increments of time and of output",
      text: `${HEAD}[price]\nflat_units = 9\nincrement_s = 15\nincrement_kib = 4\n${RUN}`,
      error: /skill\.toml:5: a skill has increment_s or increment_kib, not both/,
    },
    {
      name: "increments of output that is compared with a schema",
      text: `${HEAD}[price]\nflat_units = 9\nincrement_kib = 4\n[output]\ntype = "object"\n${RUN}`,
      error: /skill\.toml:4: increment_kib needs a live log: a skill with \[output\] has none/,
    },
    {
      name: "increments of output of a message",
      text: `kinds = [1059]\n[price]\nflat_units = 9\nincrement_kib = 4\n${RUN}`,
      error: /skill\.toml:4: increment_kib needs a live log: only kinds 5000 to 5999 have one/,
    },
    {
      name: "increments of more output than is fetched in time",
      text: `${HEAD}[price]\nflat_units = 9\nincrement_kib = 257\n${RUN}`,
      error: /skill\.toml:4: .*increment_kib/,
    },
    {
      name: "a price of what is free",
      text: `${HEAD}price = { payment = "free", flat_units = 1 }\n${RUN}`,
      error: /skill\.toml:2: a free skill must have no price/,
    },
  ]
) {
  Deno.test(`parseManifest() refuses: ${name}`, () => {
    assert.throws(() => manifestOf(text), { code: "bad_manifest", message: error });
  });
}

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
