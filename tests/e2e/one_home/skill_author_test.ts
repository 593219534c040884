/** The guide of docs/skills.md: from a new skill to a paid job with one's own provider, by its commands. */
import assert from "node:assert/strict";
import { temporaryFolder } from "../../skills/machine.ts";
import { type Document, type TestHome, testHome, until } from "../process.ts";
import { home } from "./one_home.ts";

/** The commands of the guide's first block, with the folders of this test. */
async function guide(other: TestHome): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL("../../../docs/skills.md", import.meta.url));
  const block = /<!-- guide -->\n+```\n([^]*?)```/.exec(text)![1];
  return block.split("\n").filter((line) => line.startsWith("crosstown ")).map((line) =>
    line.replace(/ +#.*$/, "").replaceAll("~/try", other.path)
      .match(/"[^"]*"|\S+/g)!.slice(1).map((word) => word.replaceAll('"', ""))
  );
}

Deno.test("docs/skills.md: a skill from nothing is sold by one's own provider, and no more once it has changed", async (t) => {
  await using other = await testHome();
  try {
    await t.step("it is tested, approved, sold and paid", () => fromNothing(other));
    await t.step(
      "a skill that changed is sold no more until it is approved again, at the price that its owner sets",
      () => changed(other),
    );
  } finally {
    await home.run(["node", "down", "--home", other.path]);
  }
});

async function fromNothing(other: TestHome) {
  const commands = await guide(other);
  const names = commands.map(([group, name]) => `${group} ${name}`);
  assert.deepEqual(names, [
    "dev up",
    "skill new",
    "skill test",
    "skill approve",
    "node up",
    "job submit",
  ]);
  const documents: Document[] = [];
  for (const [group, name, ...args] of commands) {
    if (group === "dev") continue;
    const command = [group, name, ...args];
    if (group === "job") {
      await until("the announcement", async () => {
        const { code } = await home.run(
          [...command, "--dry-run"].filter((arg) => arg !== "--wait"),
        );
        return code === 0;
      });
    }
    documents.push(await home.json(command, { cwd: other.path }));
  }
  const [made, tested, approved, up, job] = documents;
  assert.equal(made.runner, "deno");
  assert.deepEqual([tested.passed, tested.fixtures.length], [true, 1]);
  assert.deepEqual(approved.permissions, {
    sandbox: true,
    net: [],
    read: [],
    write: [],
    env: [],
    decrypt: false,
  });
  assert.deepEqual([job.status, job.provider, job.result.content], ["success", up.pubkey, "3\n"]);
  assert.equal(job.paid.job_units, "25000");
}

async function changed(other: TestHome) {
  const installed = `${other.path}/skills/wordcount`;
  const there = (args: string[]) => home.json([...args, "--home", other.path]);
  const ask = ["job", "submit", "wordcount", "--kind", "5650", "--input", "two words"];
  const planned = async () => {
    const { code, stdout } = await home.run([...ask, "--dry-run", "--output", "json"]);
    return code === 0 ? stdout : null;
  };
  const module = await Deno.readTextFile(`${installed}/main.ts`);
  await Deno.writeTextFile(`${installed}/main.ts`, module.replace("console.log(", "console.log(-"));
  const { skills, rule } = await there(["skill", "list"]);
  const own = skills.find(({ name }: Document) => name === "wordcount");
  assert.equal(own.state, "changed");
  assert.match(own.message, /'crosstown skill approve wordcount' shows what it may do/);
  assert.match(rule, /the first has it/);
  await until("its withdrawal", async () => await planned() === null);
  await there(["skill", "approve", "wordcount"]);
  const { flat_units, from } = await there(["skill", "price", "wordcount", "0.03"]);
  assert.deepEqual([flat_units, from], ["30000", "skill price"]);
  await until("its price", async () => (await planned())?.includes('"30000"'));
  const job = await home.json([...ask, "--wait"]);
  assert.deepEqual([job.result.content, job.paid.job_units], ["-2\n", "30000"]);
  const { deleted } = await there(["skill", "remove", "wordcount"]);
  assert.equal(deleted, installed);
  await until("its end", async () => await planned() === null);
}

Deno.test("the provider of dev up serves what its home approves, and an order by the skill's name finds its kind", async () => {
  await using made = await temporaryFolder();
  await home.json([
    "skill",
    "new",
    "letters",
    "--runner",
    "deno",
    "--kind",
    "5655",
    "--dir",
    made.path,
  ]);
  const order = ["job", "submit", "letters", "--input", "of four short words"];
  const unknown = await home.run([...order, "--output", "json"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stdout, /unknown job type .*letters.*: no provider announces it/);
  await home.json(["skill", "approve", `${made.path}/letters`]);
  try {
    await served(order);
  } finally {
    await home.json(["skill", "remove", "letters"]);
  }
});

async function served(order: readonly string[]) {
  // The provider finds it some seconds later, and the order waits for that.
  const job = await home.json([...order, "--wait"]);
  assert.deepEqual([job.kind, job.result.content], [5655, "4\n"]);
  const { providers } = await home.json(["provider", "list"]);
  const types = (providers as readonly Document[]).flatMap(({ prices }) => prices)
    .filter(({ kind }: Document) => kind === 5655).map(({ type }: Document) => type);
  assert.deepEqual(types, ["letters"]);
}

Deno.test("skill new makes for each runner a skill whose test passes; a wrong result and a mistake are told with their place", async () => {
  await using other = await testHome();
  const alone = async (args: string[], code = 0) =>
    await other.json(args, { cwd: other.path, code });
  for (const runner of ["deno", "command", "agent"]) {
    await alone(["skill", "new", `by-${runner}`, "--runner", runner, "--dir", "made"]);
    const { passed, fixtures } = await alone(["skill", "test", `./made/by-${runner}`]);
    assert.deepEqual([passed, fixtures[0].content], [true, "3\n"], runner);
  }
  const folder = `${other.path}/made/by-command`;
  const expected = `${folder}/fixtures/three-words.expected.toml`;
  await Deno.writeTextFile(expected, 'content = "4"\n');
  const { fixtures } = await alone(["skill", "test", "./made/by-command"], 1);
  assert.deepEqual(fixtures[0].faults, ['content is "3\\n", expected "4"']);
  const terms = await Deno.readTextFile(`${folder}/skill.toml`);
  await Deno.writeTextFile(`${folder}/skill.toml`, terms.replace("timeout_s", "timeout"));
  const line = terms.split("\n").findIndex((each) => each.startsWith("timeout_s")) + 1;
  const found = await alone(["skill", "check", "./made/by-command"], 1);
  assert.deepEqual([found.valid, found.file, found.line], [false, "skill.toml", line]);
  const { error } = await alone(["skill", "approve", "./made/by-command"], 1);
  assert.match(error.message, new RegExp(`skill\\.toml:${line}: unknown key limits\\.timeout;`));
});

Deno.test("a signed skill says who signed it, and is not approved when a file changed after that", async () => {
  await using other = await testHome();
  const there = (args: string[], code = 0) => home.json(args, { cwd: other.path, code });
  await there(["skill", "new", "signed", "--dir", "signing"]);
  const folder = `${other.path}/signing/signed`;
  const before = await there(["skill", "show", folder]);
  assert.deepEqual([before.signature, before.signed_by], ["unsigned", null]);
  const { pubkey } = await there(["skill", "sign", folder]);
  const shown = await there(["skill", "approve", folder, "--dry-run"]);
  assert.deepEqual([shown.signature, shown.signed_by], ["signed", pubkey]);
  assert.notEqual(shown.sha256, before.sha256, "the approval pins the signature too");
  const { stdout } = await home.run(["skill", "show", folder]);
  assert.match(stdout, new RegExp(`signed  by ${pubkey}`));
  const signature = await Deno.readTextFile(`${folder}/signature.json`);
  await Deno.writeTextFile(`${folder}/main.ts`, "console.log(3);\n");
  const { error } = await there(["skill", "approve", folder], 1);
  assert.equal(error.code, "bad_signature");
  assert.match(error.message, /files changed after it was signed/);
  for (
    const [text, why] of [
      ["no json", /it is not a valid event/],
      [signature.replace(/"sig":"../, '"sig":"00'), /its id or signature is wrong/],
      [
        signature.replace("crosstown:skill:signed", "crosstown:skill:other"),
        /its id or signature is wrong/,
      ],
    ] as const
  ) {
    await Deno.writeTextFile(`${folder}/signature.json`, text);
    const { signature_fault } = await there(["skill", "show", folder]);
    assert.match(signature_fault, why);
  }
});
