import assert from "node:assert/strict";
import { echo } from "../../../skills/builtin/echo.ts";
import { parseManifest } from "../../../skills/manifest.ts";
import { createSkillRegistry } from "../../../skills/catalog/registry.ts";
import { requestEvent, skillContext, skillRequest, temporaryFolder } from "../machine.ts";

const HEAD = 'name = "a"\nversion = "1"\nkinds = [5650]\n';
const RUN = '[run]\ntype = "command"\ncommand = ["cat"]\n';

Deno.test("parseManifest() reads a whole manifest, with defaults for the rest", () => {
  const full = parseManifest(`${HEAD}description = "d"
types = ["t"]
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
type = "deno"
module = "src/main.ts"
[run.permissions]
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
  const least = parseManifest(HEAD + RUN);
  assert.deepEqual(least.run, {
    type: "command",
    command: ["cat"],
    env: [],
    network: false,
    sandbox: true,
  });
  assert.equal(least.accepts, "both");
});

for (
  const { name, text, error } of [
    { name: "no TOML", text: "name = ", error: /not TOML/ },
    { name: "unknown key", text: `${HEAD}kind = 1\n${RUN}`, error: /unknown key kind/ },
    {
      name: "unknown key in a table",
      text: `${HEAD}${RUN}net = []\n`,
      error: /unknown key run\.net/,
    },
    {
      name: "unknown permission",
      text: `${HEAD}[run]\ntype = "deno"\nmodule = "m.ts"\n[run.permissions]\nrun = ["sh"]\n`,
      error: /run\.permissions\.run/,
    },
    { name: "no name", text: `version = "1"\nkinds = []\n${RUN}`, error: /name must be a text/ },
    { name: "name with capitals", text: HEAD.replace('"a"', '"A b"') + RUN, error: /kebab case/ },
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
    { name: "builtin", text: `${HEAD}[run]\ntype = "builtin"\n`, error: /run\.type/ },
    {
      name: "no program",
      text: `${HEAD}[run]\ntype = "command"\ncommand = []\n`,
      error: /name a program/,
    },
    {
      name: "program outside",
      text: `${HEAD}[run]\ntype = "command"\ncommand = ["../x"]\n`,
      error: /inside/,
    },
    {
      name: "absolute program",
      text: `${HEAD}[run]\ntype = "command"\ncommand = ["/bin/x"]\n`,
      error: /inside/,
    },
    {
      name: "module outside",
      text: `${HEAD}[run]\ntype = "deno"\nmodule = "../x.ts"\n`,
      error: /inside/,
    },
    {
      name: "net with a flag",
      text: `${HEAD}[run]\ntype = "deno"\nmodule = "x.ts"\n[run.permissions]\nnet = ["a,b"]\n`,
      error: /net holds/,
    },
    {
      name: "path with a comma",
      text: `${HEAD}[run]\ntype = "deno"\nmodule = "x.ts"\n[run.permissions]\nread = ["a,/"]\n`,
      error: /comma/,
    },
    {
      name: "our secrets",
      text: `${HEAD}${RUN}env = ["GASTOWN_WALLET_PRIVATE_KEY"]\n`,
      error: /may not hold/,
    },
    { name: "loader", text: `${HEAD}${RUN}env = ["LD_PRELOAD"]\n`, error: /may not hold/ },
  ]
) {
  Deno.test(`parseManifest() refuses: ${name}`, () => {
    assert.throws(() => parseManifest(text), { code: "bad_manifest", message: error });
  });
}

Deno.test("createSkillRegistry() finds a folder without a restart, and reports bad ones beside good", async () => {
  await using folder = await temporaryFolder();
  const registry = createSkillRegistry({
    builtin: [echo],
    folders: [`${folder.path}/skills`, `${folder.path}/.claude/skills`],
  });
  assert.deepEqual((await registry.scan()).skills.map(({ manifest }) => manifest.name), ["echo"]);
  const drop = async (name: string, text: string) => {
    await Deno.mkdir(`${folder.path}/skills/${name}`, { recursive: true });
    await Deno.writeTextFile(`${folder.path}/skills/${name}/skill.toml`, text);
  };
  await drop("a", HEAD + RUN);
  await drop("b", "name = ");
  await drop("c", HEAD.replace('"a"', '"c"') + RUN);
  await drop("d", HEAD.replace('"a"', '"echo"').replace("5650", "5651") + RUN);
  await drop("e", HEAD.replace('"a"', '"e"').replace("5650", "1059") + RUN);
  await drop("f", "x".repeat(70_000));
  await Deno.mkdir(`${folder.path}/skills/not-a-skill`);
  await Deno.writeTextFile(`${folder.path}/skills/file`, "");
  const { skills, problems } = await registry.scan();
  assert.deepEqual(skills.map(({ manifest }) => manifest.name), ["echo", "a", "e"]);
  assert.deepEqual(
    problems.map(({ folder, code }) => [folder.slice(-1), code]),
    [
      ["b", "bad_manifest"],
      ["c", "kind_taken"],
      ["d", "name_taken"],
      ["f", "bad_manifest"],
      ["l", "no_manifest"],
    ],
  );
  assert.equal((await registry.forKind(1059))?.manifest.name, "e");
  await drop("b", HEAD.replace('"a"', '"mended"').replace("5650", "5999") + RUN);
  assert.equal((await registry.named("mended"))?.folder, `${folder.path}/skills/b`);
  await Deno.remove(`${folder.path}/skills/a`, { recursive: true });
  assert.equal((await registry.forKind(5650))?.manifest.name, "c");
});

Deno.test("createSkillRegistry() says of an agent's skill and of a project's folder why they are not used", async () => {
  await using folder = await temporaryFolder();
  const [own, project] = [`${folder.path}/skills`, `${folder.path}/.claude/skills`];
  const put = async (path: string, text: string) => {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  };
  await put(`${own}/reviewer/SKILL.md`, "---\nname: reviewer\n---\n");
  await put(`${project}/notes/README.md`, "no skill at all");
  await put(`${project}/planner/SKILL.md`, "---\nname: planner\n---\n");
  await put(`${project}/runner/skill.toml`, HEAD + RUN);
  const scan = (folders: string[], untrusted: string[]) =>
    createSkillRegistry({ builtin: [], folders, untrusted }).scan();
  const { skills, problems } = await scan([own], [project]);
  assert.deepEqual(skills, []);
  assert.deepEqual(
    problems.map(({ folder, code }) => [folder.slice(folder.lastIndexOf("/") + 1), code]),
    [["reviewer", "no_manifest"], ["planner", "not_trusted"], ["runner", "not_trusted"]],
  );
  assert.match(problems[0].message, /SKILL\.md .* add a skill\.toml/);
  assert.match(problems[1].message, /SKILL\.md is not used/);
  assert.ok(problems[2].message.includes(`skill_folders = ["${project}"] under [node]`));
  const trusted = await scan([own, project], []);
  assert.deepEqual(trusted.skills.map(({ manifest }) => manifest.name), ["a"]);
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
