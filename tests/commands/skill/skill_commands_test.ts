/** `crosstown skill` for people, from a new folder to a sold skill and back; and what it refuses. */
import assert from "node:assert/strict";
import { temporaryFolder } from "../../skills/machine.ts";
import { MemoryIo, run } from "../memory_io.ts";

/** An empty home with a key; commands run in the folder beside it. */
function skills(folder: string) {
  return (...args: string[]) => {
    const io = new MemoryIo();
    io.now = Date.now();
    io.cwd = () => folder;
    io.variables = {
      HOME: folder,
      PATH: Deno.env.get("PATH")!,
      GASTOWN_HOME: `${folder}/home`,
      GASTOWN_WALLET_PRIVATE_KEY: "1".repeat(64),
      GASTOWN_ALLOW_UNENCRYPTED_KEYS: "true",
    };
    return run(["skill", ...args], { io });
  };
}

Deno.test("skill new, sign, approve, list, price and remove tell at each step what holds now", async () => {
  await using at = await temporaryFolder();
  const skill = skills(at.path);
  const home = `${at.path}/home/skills/count`;
  const made = await skill("new", "count", "--runner", "command");
  assert.match(made.out, /\/count\n {2}SKILL\.md\n/);
  assert.match(made.out, /Try it: crosstown skill test .*\/count\n$/);

  assert.match((await skill("show", "./count")).out, /signed +by nobody/);
  assert.match((await skill("sign", "./count")).out, /^count is signed by 4f355bdcb7cc/);
  const looked = await skill("approve", "./count", "--dry-run");
  assert.match(looked.out, /signed +by 4f355bdcb7cc[^]*Would be approved \(/);
  assert.match((await skill("list")).out, /^echo +builtin[^]*the first has it/m);
  assert.doesNotMatch((await skill("list")).out, /^count /m);

  assert.match(
    (await skill("approve", "./count")).out,
    /Approved: a provider of this home runs it/,
  );
  assert.match((await skill("list")).out, /^count +approved +5650 /m);
  assert.match((await skill("price", "count")).out, /, as the skill says$/m);
  const set = await skill("price", "count", "0.05", "--per-kib", "0.001");
  assert.match(
    set.out,
    /^count: 0\.05 \w+ a run and 0\.001 \w+ for each KiB, as skill price says$/m,
  );
  assert.match(
    (await skill("show", "count")).out,
    /^ {2}price +0\.05 \w+ and 0\.001 \w+ for each KiB/m,
  );
  assert.match((await skill("price", "count", "--own")).out, /, as the skill says$/m);

  await Deno.writeTextFile(`${home}/run.sh`, "#!/bin/sh\necho other\n");
  const changed = await skill("list");
  assert.match(changed.out, /^count +changed /m);
  assert.match(changed.out, /'crosstown skill approve count' shows what it may do/);
  const refused = await skill("approve", "count");
  assert.equal(refused.code, 1, refused.out);
  assert.match(refused.err, /sign/);

  assert.match((await skill("remove", "count", "--dry-run")).out, /^Would remove count and /);
  assert.match((await skill("remove", "count")).out, /^Removed count and /);
  await assert.rejects(Deno.stat(home), Deno.errors.NotFound);
  assert.equal((await skill("remove", "count")).code, 2);
});

Deno.test("a skill that ships is shown by its name, copied and pinned by 'approve', and signed or changed only as a copy", async () => {
  await using at = await temporaryFolder();
  const skill = skills(at.path);
  const copy = `${at.path}/home/skills/encrypted-dm`;
  assert.match((await skill("list")).out, /^encrypted-dm +available +1059 [^]*installs it$/m);
  assert.match(
    (await skill("show", "encrypted-dm")).out,
    /state +available: .* approve encrypted-dm'/,
  );
  const unsigned = await skill("sign", "encrypted-dm");
  assert.deepEqual(
    [unsigned.code, unsigned.out],
    [2, ""],
    "the program's own folder stays as it is",
  );

  assert.match((await skill("approve", "encrypted-dm", "--dry-run")).out, /Would be approved/);
  await assert.rejects(Deno.stat(copy), Deno.errors.NotFound);
  assert.match((await skill("approve", "encrypted-dm")).out, /answer in its name[^]*Approved: /);
  assert.match((await skill("list")).out, /^encrypted-dm +approved +1059 /m);
  assert.equal((await skill("sign", "encrypted-dm")).code, 0);
  assert.match((await skill("list")).out, /^encrypted-dm +changed /m);

  assert.equal((await skill("remove", "encrypted-dm")).code, 0);
  assert.match((await skill("list")).out, /^encrypted-dm +available /m);
});

Deno.test("skill show shows a skill of the program, which has no folder", async () => {
  await using at = await temporaryFolder();
  const skill = skills(at.path);
  const { code, out } = await skill("show", "echo");
  assert.equal(code, 0);
  assert.match(out, /^echo [^]*^ {2}kinds +5\d+[^]*^ {2}state +builtin: /m);
  assert.doesNotMatch(out, /signed|sha256/);
  const shown = JSON.parse((await skill("show", "echo", "--output", "json")).out);
  assert.deepEqual([shown.folder, shown.sha256, shown.files, shown.state], [
    null,
    null,
    [],
    "builtin",
  ]);
});

Deno.test("skill remove removes a link from the home, and not the folder that it points to", async () => {
  await using at = await temporaryFolder();
  const skill = skills(at.path);
  await skill("new", "mine");
  await Deno.mkdir(`${at.path}/home/skills`, { recursive: true });
  await Deno.symlink(`${at.path}/mine`, `${at.path}/home/skills/mine`);
  assert.equal((await skill("remove", "mine")).code, 0);
  assert.ok(Deno.statSync(`${at.path}/mine/SKILL.md`).isFile);
  assert.deepEqual([...Deno.readDirSync(`${at.path}/home/skills`)], []);
});

Deno.test("skill new makes a skill for private messages whose test passes, and names a wrong outcome", async () => {
  await using at = await temporaryFolder();
  const skill = skills(at.path);
  await skill("new", "dm", "--kind", "1059", "--runner", "command");
  const tested = await skill("test", "./dm");
  assert.equal(tested.code, 0, `${tested.out}${tested.err}`);
  const fixtures = `${at.path}/dm/fixtures`;
  const [expected] = [...Deno.readDirSync(fixtures)].map(({ name }) => name)
    .filter((name) => name.endsWith(".expected.toml"));
  const text = await Deno.readTextFile(`${fixtures}/${expected}`);
  await Deno.writeTextFile(
    `${fixtures}/${expected}`,
    text.replace(/^(content|contains) = .*$/m, '$1 = "something else"'),
  );
  const failed = await skill("test", "./dm");
  assert.equal(failed.code, 1);
  assert.match(failed.out, /something else/);
});

for (
  const { args, says } of [
    { args: ["new", "Word_Count"], says: /lowercase letters, digits and single hyphens/ },
    { args: ["new", "../escaped"], says: /lowercase letters/ },
    { args: ["new", "a".repeat(65)], says: /at most 64/ },
    { args: ["new", "x", "--kind", "65536"], says: /65535/ },
    { args: ["new", "taken"], says: /taken is there already/ },
    { args: ["show", "missing"], says: /there is no skill missing in / },
    { args: ["show", "./missing"], says: /there is no skill \.\/missing$/m },
    { args: ["price", "missing"], says: /no approved skill missing/ },
    { args: ["price", "constructor", "0.1"], says: /no approved skill constructor/ },
    { args: ["price", "taken", "21sat"], says: /argument amount must be in M2M/ },
    { args: ["price", "taken", "0.1", "--own"], says: /leave the amount out/ },
    { args: ["remove", "../../etc"], says: /no approved skill/ },
    { args: ["remove", "x\x1b[2J"], says: /no approved skill x\\u001b/ },
  ]
) {
  Deno.test(`skill ${args.map((arg) => arg.slice(0, 20)).join(" ")} is refused with exit 2`, async () => {
    await using at = await temporaryFolder();
    await Deno.mkdir(`${at.path}/taken`);
    const { code, out, err } = await skills(at.path)(...args);
    assert.deepEqual([code, out], [2, ""], err);
    assert.match(err, says);
  });
}

Deno.test("skill approve says first which addresses of this machine and its network a skill may reach", async () => {
  await using at = await temporaryFolder();
  const skill = skills(at.path);
  await skill("new", "count", "--runner", "command");
  const file = `${at.path}/count/skill.toml`;
  const terms = await Deno.readTextFile(file);
  const may = async (net: string, sandbox = true) => {
    const run = sandbox ? terms : terms.replace(/^\[run\]$/m, "[run]\nsandbox = false");
    await Deno.writeTextFile(file, run.replace(/^net = \[\]$/m, `net = ${net}`));
    const { out, err } = await skill("approve", "./count", "--dry-run");
    return /^ {2}may +(.*)$/m.exec(out)?.[1] ?? err;
  };
  assert.equal(
    await may('["a.test", "localhost:11434", "10.0.0.7:80"]'),
    "REACH THIS MACHINE OR ITS NETWORK: localhost:11434, 10.0.0.7:80; " +
      "reach through the proxy: a.test; send and receive at most 256 MiB a job",
  );
  assert.equal(
    await may('["*", "*:8443"]'),
    "reach through the proxy: every public host (port 80 or 443), every public host (port 8443); " +
      "send and receive at most 256 MiB a job",
  );
  assert.match(await may('["a.test"]', false), /^EVERYTHING that you may: .* sandbox$/);
  assert.match(await may('["2130706433"]'), /"2130706433" is not a host, an address or host:port/);
});
